-- min_program: 0.1.0
-- What came around parked raw bytes (key and headers, JSON), so that they can be told and read again
-- as they came. Empty where there are no raw bytes, or none any more.
ALTER TABLE parked ADD COLUMN headers TEXT NOT NULL DEFAULT '';
UPDATE parked SET headers = '{}' WHERE envelope = '';

CREATE INDEX parked_raw ON parked (parked_at) WHERE headers <> '';
