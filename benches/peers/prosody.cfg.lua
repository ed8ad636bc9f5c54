-- prosody as a peer of bench-chat: one host, its archive on, nothing limited. What is between
-- @ signs is filled in by the benchmark.
pidfile = "@DIR@/prosody.pid"
data_path = "@DIR@/data"
certificates = "@DIR@/certs"
run_as_root = true
interfaces = { "127.0.0.1" }
c2s_ports = { @PORT@ }
s2s_ports = {}
http_ports = {}
https_ports = {}
modules_enabled = { "roster", "saslauth", "disco", "register_ibr", "smacks", "mam" }
modules_disabled = { "s2s", "tls", "offline" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
allow_registration = true
authentication = "internal_plain"
storage = { archive = "@ARCHIVE@" }
sql = { driver = "SQLite3", database = "archive.sqlite" }
archive_expires_after = "never"
default_archive_policy = true
network_settings = { nodelay = true }
log = { error = "*console" }
VirtualHost "bench.local"
