-- Rows as layout 14 adds them: a day's counts of one intent, and a page that the visitor was on.
INSERT INTO assist_counts (tenant_id, day, intent, proposed, taken, edited) VALUES (1, 20700, 'refund', 9, 4, 1);
INSERT INTO page_trail (tenant_id, visitor_id, id, seen_at_ms, url, title, referrer)
VALUES (1, 10, 95, 9, 'https://shop.example/a', '鞋', '');
