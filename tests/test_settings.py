"""Settings that cannot be used stop the start with a code, in words, and are never guessed."""

import pytest

from backend.sentences import told
from backend.settings import PROCESSES_MAX, Settings, SettingsError


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "", str(PROCESSES_MAX + 1), "²"])
@pytest.mark.parametrize(("language", "words"), [("en", "whole number"), ("nl", "geheel getal")])
def test_a_number_of_processes_that_is_none_is_refused(given: str, language: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"VELDPOST_PROCESSES": given})
    assert "settings" == refused.value.code
    assert "VELDPOST_PROCESSES" in told(refused.value, language)[0] and words in told(refused.value, language)[0]


def test_one_process_serves_unless_more_are_asked_for() -> None:
    assert 1 == Settings.from_environment({}).processes
    assert 64 == Settings.from_environment({"VELDPOST_PROCESSES": "64"}).processes


BUCKET = {"VELDPOST_BLOBS": "s3://photos/veldpost", "AWS_ACCESS_KEY_ID": "AKIA-1", "AWS_SECRET_ACCESS_KEY": "hidden"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VELDPOST_BLOBS", "s3://AKIA-1:hidden@photos/veldpost"), ("VELDPOST_BLOBS", "s3://photos"),
        ("VELDPOST_BLOBS", "https://s3.example.org/photos"), ("VELDPOST_BLOBS", "s3://photos/../x?y"),
        ("VELDPOST_BLOBS_ENDPOINT", "http://s3.example.org"), ("VELDPOST_BLOBS_ENDPOINT", "s3.example.org"),
        ("VELDPOST_BLOBS_ENDPOINT", "https://AKIA-1:hidden@s3.example.org"),
        ("VELDPOST_BLOBS_ENDPOINT", "http://127.0.0.1.example.org"), ("VELDPOST_BLOBS_ENDPOINT", "https://s3.nl/path"),
        ("VELDPOST_BLOBS_REGION", "eu central"), ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""),
    ],
)  # fmt: skip
def test_a_bucket_that_cannot_be_used_so_is_refused_and_no_key_is_said(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(BUCKET | {name: value})
    said = [*told(refused.value, "nl"), *told(refused.value, "en"), str(refused.value)]
    assert name in said[0] and not any("hidden" in words for words in said)


def test_a_bucket_is_named_by_the_settings_or_as_every_tool_names_it() -> None:
    assert "" == Settings.from_environment(BUCKET | {"VELDPOST_BLOBS": ""}).blobs
    named = Settings.from_environment(BUCKET | {"AWS_ENDPOINT_URL": "http://[::1]:9000/", "AWS_REGION": "nl-1"})
    assert ("http://[::1]:9000", "nl-1") == (named.blobs_endpoint, named.blobs_region)
    own = {"VELDPOST_BLOBS_ENDPOINT": "https://s3.example.org", "VELDPOST_BLOBS_REGION": "nl-2"}
    assert "https://s3.example.org" == Settings.from_environment(BUCKET | own).blobs_endpoint
    assert "hidden" not in repr(Settings.from_environment(BUCKET | own))


@pytest.mark.parametrize("given", ["http://10.0.0.1", "http://10.0.0.1:0", "http://10.0.0.1:65536", "http://a:1@b:2"])
def test_an_address_for_other_servers_that_leads_nowhere_is_refused(given: str) -> None:
    assert "http://10.0.0.1:65535" == Settings.from_environment({"VELDPOST_NODE": "http://10.0.0.1:65535"}).node
    with pytest.raises(SettingsError):
        Settings.from_environment({"VELDPOST_NODE": given})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VELDPOST_JOURNAL", "https://veldpost:hidden@one.example.org/journal"),
        ("VELDPOST_KEY_STORE", "host=one.example.org password=hidden"), ("VELDPOST_NODE", "http://a:hidden@10.0.0.1:1"),
    ],
)  # fmt: skip
def test_an_address_that_is_refused_says_no_password(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})
    said = [*told(refused.value, "nl"), *told(refused.value, "en"), str(refused.value)]
    assert name in said[0] and not any("hidden" in words for words in said)
