-- How often what an intent proposed was shown to agents and taken by them, by UTC day.
CREATE TABLE assist_counts (
    tenant_id BIGINT  NOT NULL REFERENCES tenants (id),
    day       BIGINT  NOT NULL,
    intent    TEXT    NOT NULL,
    proposed  BIGINT  NOT NULL,
    taken     BIGINT  NOT NULL,
    edited    BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, day, intent)
);

-- The last pages on which a visitor was.
CREATE TABLE page_trail (
    tenant_id  BIGINT  NOT NULL,
    visitor_id BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    seen_at_ms BIGINT  NOT NULL,
    url        TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    referrer   TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, visitor_id, id),
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors (tenant_id, id)
);
