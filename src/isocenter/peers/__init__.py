"""What we call: other DICOM systems."""
