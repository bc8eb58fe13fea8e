"""Attacks on a running system: those of OWASP's GraphQL cheat sheet and graphql-cop, and more."""
