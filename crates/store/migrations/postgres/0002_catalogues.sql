-- The history of each tenant's intents. Equal contents are stored once, in pieces, so that neither
-- a hundred versions of a large file nor the writing of one is felt by those who chat.

CREATE TABLE catalogue_pieces (
    tenant_id     BIGINT NOT NULL REFERENCES tenants (id),
    sha256        BYTEA  NOT NULL,
    piece         BIGINT NOT NULL,
    data          BYTEA  NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, sha256, piece)
);

-- Contents whose pieces are all there and make the hash.
CREATE TABLE catalogue_contents (
    tenant_id     BIGINT NOT NULL REFERENCES tenants (id),
    sha256        BYTEA  NOT NULL,
    bytes         BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, sha256)
);

-- info is Protobuf (kefu.v1.CatalogueVersion without its files).
CREATE TABLE catalogue_versions (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id),
    number    BIGINT NOT NULL,
    info      BYTEA  NOT NULL,
    PRIMARY KEY (tenant_id, number)
);

CREATE TABLE catalogue_files (
    tenant_id BIGINT NOT NULL,
    number    BIGINT NOT NULL,
    path      TEXT   NOT NULL,
    sha256    BYTEA  NOT NULL,
    PRIMARY KEY (tenant_id, number, path),
    FOREIGN KEY (tenant_id, number) REFERENCES catalogue_versions (tenant_id, number) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, sha256) REFERENCES catalogue_contents (tenant_id, sha256)
);

CREATE INDEX catalogue_files_by_content ON catalogue_files (tenant_id, sha256);
