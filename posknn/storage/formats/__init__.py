"""Foreign file formats, one file each: read to and written from posknn values."""
