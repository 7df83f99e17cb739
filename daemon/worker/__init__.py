"""The process that owns one device and fills what the front sends."""
