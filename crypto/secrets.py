"""Bytes that must not be shown: no repr, no text, no pickle (SPEC.md section 1)."""

from typing import NoReturn


class Hidden:
    """A base for whatever holds key material: printing it shows its kind and nothing else."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        self.__reduce__()


class Secret(Hidden):
    """Secret bytes; `reveal` is the one way to them, and easy to find in a review."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes themselves."""
        return self._value
