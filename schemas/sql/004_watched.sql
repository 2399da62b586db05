-- min_program: 0.1.0
-- 1: something in the case's snapshot stands still, is in doubt or has a ticket. Boards of such cases
-- are made at every start, and must not read all snapshots for it.
ALTER TABLE cases ADD COLUMN watched INTEGER NOT NULL DEFAULT 0 CHECK (watched IN (0, 1));

UPDATE cases SET watched = 1 WHERE id IN (
    SELECT case_id FROM snapshots
    WHERE instr(body, '"stalled_at"') > 0 OR instr(body, '"tickets"') > 0 OR
          instr(body, '"UNKNOWN"') > 0 OR instr(body, '"CONTESTED"') > 0);
