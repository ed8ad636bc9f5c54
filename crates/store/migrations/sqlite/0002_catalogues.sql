-- The history of each tenant's intents. Equal contents are stored once, in pieces, so that neither
-- a hundred versions of a large file nor the writing of one is felt by those who chat.

CREATE TABLE catalogue_pieces (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (id),
    sha256        BLOB    NOT NULL,
    piece         INTEGER NOT NULL,
    data          BLOB    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, sha256, piece)
) STRICT;

-- Contents whose pieces are all there and make the hash.
CREATE TABLE catalogue_contents (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (id),
    sha256        BLOB    NOT NULL,
    bytes         INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, sha256)
) STRICT, WITHOUT ROWID;

-- info is Protobuf (kefu.v1.CatalogueVersion without its files).
CREATE TABLE catalogue_versions (
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    number    INTEGER NOT NULL,
    info      BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogue_files (
    tenant_id INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    path      TEXT    NOT NULL,
    sha256    BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, number, path),
    FOREIGN KEY (tenant_id, number) REFERENCES catalogue_versions (tenant_id, number) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, sha256) REFERENCES catalogue_contents (tenant_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX catalogue_files_by_content ON catalogue_files (tenant_id, sha256);
