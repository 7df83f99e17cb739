"""What the actions do, one file for each menu; each gives `handlers`: action name → function."""
