-- min_program: 0.1.0
-- Cases that are here by now may be marked as watched by a word in their snapshot alone (004), until
-- their next one. A database without this row has only exact marks, and `ledger verify` asks for that.
INSERT INTO meta (name, value) SELECT 'watched.by_words', '1' WHERE EXISTS (SELECT 1 FROM cases);
