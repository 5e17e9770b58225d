"""Protocols as values: bytes and the time go in, events and bytes come out."""

__all__: list[str] = []
