"""Attacks on a running system: what OWASP's GraphQL cheat sheet and graphql-cop look for, and what we fear besides."""
