"""Signing in by the municipality's own sign-in: OpenID Connect, authorization code flow with PKCE."""
