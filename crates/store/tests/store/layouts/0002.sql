-- Rows as layout 2 adds them: a version of the intents with one file in two pieces.
INSERT INTO catalogue_pieces (tenant_id, sha256, piece, data, created_at_ms)
VALUES (1, X'8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2', 0, X'6f6e6520', 5),
       (1, X'8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2', 1, X'74776f', 5);
INSERT INTO catalogue_contents (tenant_id, sha256, bytes, created_at_ms)
VALUES (1, X'8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2', 7, 5);
INSERT INTO catalogue_versions (tenant_id, number, info) VALUES (1, 1, X'08011203666f6f');
INSERT INTO catalogue_files (tenant_id, number, path, sha256)
VALUES (1, 1, 'a.yaml', X'8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2');
