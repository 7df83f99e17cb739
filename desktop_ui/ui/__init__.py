"""Windows, panels, dialogs and the table of actions."""
