"""What a plug-in that has nothing but a standard library fills pictures by."""
