"""Measures Isocenter beside DCMTK and Orthanc: the same objects, the same machine, the same sender, in one run."""
