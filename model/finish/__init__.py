"""What is done with filled pixels at full size: seams and detail."""
