-- How often what an intent proposed was shown to agents and taken by them, by UTC day.
CREATE TABLE assist_counts (
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    day       INTEGER NOT NULL,
    intent    TEXT    NOT NULL,
    proposed  INTEGER NOT NULL,
    taken     INTEGER NOT NULL,
    edited    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, day, intent)
) STRICT, WITHOUT ROWID;

-- The last pages on which a visitor was.
CREATE TABLE page_trail (
    tenant_id  INTEGER NOT NULL,
    visitor_id INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    url        TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    referrer   TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, visitor_id, id),
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors (tenant_id, id)
) STRICT, WITHOUT ROWID;
