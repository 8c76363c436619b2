import Testing

/// `baton.mock`: a real server, asked with curl.
@Suite struct MockServers {
  private static let api = """
    local mock = require "baton.mock"
    local api = service "api" (mock.http { routes = {
      ["POST /charges"] = { { status = 503 }, { status = 201, json = { id = "ch_1" } } },
      ["GET /charges/*"] = { body = "any", headers = { ["X-Kind"] = "any" } },
      ["GET /charges/1"] = { file = "one.txt", delay = "10ms" },
      ["* /ping"] = "pong",
    } })
    local use = step "use" { run = "sh use.sh " .. api.out.url }

    """

  private func run(_ use: String, _ check: String) throws -> (Sandbox, Finished) {
    let sandbox = try Sandbox([
      "w.lua": Self.api + "step \"asked\" (mock.check { api, depends = use, \(check) })\n", "one.txt": "the first",
      "use.sh": "set -e\n" + use,
    ])
    return (sandbox, try sandbox.baton("run", "w.lua", atMost: 60))
  }

  @Test("It answers by route, in turn, on one connection too, and knows what it was asked")
  func answers() throws {
    let (sandbox, finished) = try run(
      """
      curl -s -o /dev/null -w '%{http_code} ' -d tea $1/charges > said
      curl -s -w ' %{http_code}\\n' -d coffee $1/charges >> said
      curl -s -w ' %{http_code}\\n' -H 'Transfer-Encoding: chunked' -d @one.txt "$1/charges?a=b" >> said
      curl -s $1/charges/1 $1/charges/2 $1/ping >> said; echo >> said
      curl -s -I $1/charges/2 | tr -d '\\r' | grep -v '^$' >> said
      head -c 200000 /dev/zero | tr '\\0' x | curl -s -T - -X POST $1/ping >> said
      """,
      """
      calls = { ["POST /charges"] = 3, ["* /ping"] = 2 }, bodies = { ["POST /charges"] = { "tea", "the first" } },
      unmatched = true
      """)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(
      sandbox.lines("said") == [
        #"503 {"id":"ch_1"} 201"#, #"{"id":"ch_1"} 201"#, "the firstanypong", "HTTP/1.1 404 Not Found",
        "Content-Type: text/plain; charset=utf-8", "Content-Length: 29", "pong",
      ])
    #expect(sandbox.processes() == [])
  }

  @Test("What was asked otherwise fails the check, with what it was")
  func otherwise() throws {
    let (sandbox, finished) = try run(
      "curl -s $1/charges/1 $1/nowhere > /dev/null",
      #"calls = { ["POST /charges"] = 1, ["GET /charges/*"] = 1 }, bodies = { ["* /*"] = "tea" }"#)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(
      try sandbox.baton("logs", "asked").output.split(separator: "\n") == [
        "POST /charges: called 0 times, not 1", #"* /*: none of 2 bodies holds "tea""#,
        "GET /nowhere: there is no such route",
      ])
  }
}
