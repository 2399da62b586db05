-- min_program: 0.1.0
-- Who set how a connection works, when and why. The newest row of each is how it works now.
CREATE TABLE switches (
    id INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    what TEXT NOT NULL,           -- mode, stopped
    value_before TEXT NOT NULL,
    value_after TEXT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL,
    settings_mode TEXT NOT NULL,  -- what the settings said then
    at INTEGER NOT NULL           -- milliseconds since 1970
) STRICT;
