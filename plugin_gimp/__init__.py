"""The GIMP 3 plug-in (`pconv_fill/`, run by GIMP's own Python) and its installer."""
