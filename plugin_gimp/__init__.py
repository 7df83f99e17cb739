"""The GIMP 3 plug-in (`pconv_fill/`, run by GIMP's own Python) its bridge to pconv and its installer."""
