import Glibc
import Testing

/// `baton.s3` with the server that this machine has.
@Suite struct S3Services {
  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// In `PATH`, or in the virtual environment that `scripts/setup` makes where PyPI can be reached.
  private static let server: String? = {
    let cache = variable("XDG_CACHE_HOME") ?? "\(variable("HOME") ?? "")/.cache"
    var folders = (variable("PATH") ?? "").split(separator: ":").map(String.init)
    folders.append("\(cache)/baton/moto/bin")
    let programs: [String] = folders.flatMap { ["\($0)/minio", "\($0)/moto_server"] }
    return programs.first { access($0, X_OK) == 0 }
  }()

  @Test(
    "Buckets and objects are there before the first step, and a step's own objects come back",
    .enabled(
      if: server != nil, "there is neither minio nor moto_server: scripts/setup brings moto where PyPI can be reached"))
  func filled() throws {
    let server = try #require(Self.server)
    let sandbox = try Sandbox([
      "w.lua": """
      local s3 = require "baton.s3"
      local store = service "store" (s3.server {
        command = "\(server)", buckets = { "photos", "backups" }, objects = { ["photos/a cat.txt"] = "cat.txt" }, grace = "1s",
      })
      step "use" {
        env = { KEYS = store.out.access_key .. ":" .. store.out.secret_key, URL = store.out.url, BUCKET = store.out.bucket },
        run = [[
          ask() { curl -sf --user "$KEYS" --aws-sigv4 aws:amz:us-east-1:s3 "$@"; }
          ask "$URL/$BUCKET/a%20cat.txt" && ask -T cat.txt "$URL/backups/kept" && ask "$URL/backups/kept"
        ]],
      }

      """, "cat.txt": "meow\n",
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try sandbox.baton("logs", "use").output == "meow\nmeow\n")
    #expect(sandbox.leftovers() == [])

    try sandbox.write(
      "x.lua",
      "service 's' (require 'baton.s3'.server { command = '/no/such/minio' })\nstep 't' { depends = 's', run = 'true' }\n"
    )
    let missing = try sandbox.baton("run", "x.lua").account
    #expect(missing.contains("there is no S3 on this machine: no /no/such/minio: install minio, or"), "\(missing)")
  }
}
