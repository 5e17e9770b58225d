"""The DICOM upper layer (PS3.8) without a socket or a clock: bytes and `now` go in, events and bytes come out."""
