"""One file a change of the tables, in order; files here are never edited after a release."""

__all__: list[str] = []
