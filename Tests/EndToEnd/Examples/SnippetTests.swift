import BatonModel
import Testing

/// Blocks of code in a text of Markdown.
enum Markdown {
  /// Those of one language, in their order.
  static func blocks(_ language: String, in text: String) -> [String] {
    var blocks: [String] = []
    var open: [Substring]?
    var isWanted = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let lines = open, isWanted { blocks.append(lines.joined(separator: "\n") + "\n") }
        isWanted = line == "```\(language)"
        open = open == nil ? [] : nil
      } else {
        open?.append(line)
      }
    }
    return blocks
  }
}

/// Every block of code in README.md is run. (What stands behind `$` is in `ReadmeTests`, with what it prints.)
@Suite struct Snippets {
  /// How a block is run, known by its first line.
  struct Row: Sendable, CustomTestStringConvertible {
    var first: String
    /// What is there: programs in `bin`, which are found first, and files.
    var files: [String: String] = [:]
    /// What is run; `snippet.lua` is the block.
    var run = "baton run snippet.lua"
    var code: Int32 = 0
    /// Parts of what is printed, or of a file `told`.
    var prints: [String] = []
    var testDescription: String { first }
  }

  private static let report = #"<testsuite><testcase name=\"a\"/></testsuite>"#

  static let rows: [Row] = [
    Row(
      first: "local build = step \"build\" {",
      files: [
        "bin/make": "mkdir -p dist && echo made > dist/app.tar.gz", "VERSION": "1.4\n", "Makefile": "", "src/a": "",
        "bin/npm": "mkdir -p reports && echo \"\(report)\" > \"reports/$4-$6.xml\"",
        "bin/deploy": "echo deployed \"$@\" >> told",
      ], prints: ["deployed --version 1.4", "6 succeeded"]),
    Row(
      first: "local pytest = require \"baton.pytest\"",
      files: [
        "tests/test_shop.py": """
        import pytest
        @pytest.mark.parametrize("n", range(7))
        def test_checkout(n): assert n < 7
        def test_total(): assert True
        """
      ], run: "baton run snippet.lua && baton show", prints: ["5 succeeded", "8 tests"]),
    Row(
      first: "local git, health, python = require \"baton.git\", require \"baton.health\", require \"baton.python\"",
      files: [
        "requirements.txt": "", "src/a": "a\n", "bin/pytest": "echo tested > told",
        "server.py": """
        import http.server, sys
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """,
        "health": "well",
      ],
      run: """
        git init -q . && git add src && git -c user.name=a -c user.email=a@b commit -qm one
        git update-ref refs/remotes/origin/main HEAD && echo b > src/a
        python3 server.py > port 2> /dev/null & server=$!
        until [ -s port ]; do :; done
        sed -i "s/:8080/:$(cat port)/" snippet.lua
        baton run snippet.lua; code=$?
        kill $server; exit $code
        """, prints: ["tested", "6 succeeded"]),
    Row(
      first: "local postgres, redis = require \"baton.postgres\", require \"baton.redis\"",
      run: "echo 'step \"test\" { run = \"curl \" .. shop.out.url }' >> snippet.lua; baton plan snippet.lua",
      prints: ["3 services", "ready by http", "← shop"]),
    Row(
      first:
        "step \"unit\" { run = \"make test\", executor = container \"docker.io/library/gcc:14\", resources = { cpu = 2, memory = \"1G\" } }",
      files: ["src/a": "", "Makefile": ""], run: "baton plan snippet.lua",
      prints: ["container docker.io/library/gcc:14", "ssh ci@mini1"]),
    Row(
      first: "transaction \"order\" {",
      files: [
        "reserve": "echo reserved >> told", "release": "echo released >> told", "ship": "exit 1",
        "charge": "echo payment=p7 >> \"$BATON_OUTPUT\"", "refund": "echo refunded $1 >> told",
      ], code: 1, prints: ["refunded p7\nreleased"]),
    Row(
      first: "describe(\"release\", function()",
      files: [
        "release.lua": """
        local build = step "build" "exit 1"
        local test = step "test" { run = "exit 1", depends = build }
        step "ship" { run = "ship --version " .. build.out.version, depends = test, retry = 1 }
        """
      ], run: "cp snippet.lua release_test.lua && baton test release_test.lua", prints: ["1 test"]),
  ]

  private static func readme() throws -> String { try #require(Disk.text("\(Binary.root)/README.md")) }

  @Test("Every block of Lua in README.md has a row here, and every row a block")
  func complete() throws {
    let firsts = Markdown.blocks("lua", in: try Self.readme()).compactMap {
      $0.split(separator: "\n").first.map(String.init)
    }
    #expect(firsts.sorted() == Self.rows.map(\.first).sorted())
  }

  @Test("Lua in README.md runs", arguments: rows)
  func lua(_ row: Row) throws {
    let block = try #require(Markdown.blocks("lua", in: try Self.readme()).first { $0.hasPrefix(row.first + "\n") })
    let sandbox = try Sandbox(["snippet.lua": block])
    for (name, text) in row.files {
      let isProgram = name.hasPrefix("bin/") || !name.contains(".") && !name.contains("/") && name != "VERSION"
      try sandbox.write(name, isProgram ? "#!/bin/sh\n\(text)\n" : text)
      if isProgram { try sandbox.command("chmod", "+x", name) }
    }
    let finished = try sandbox.command(
      "sh", "-c", row.run,
      env: ["PATH": "\(sandbox.path("bin")):\(Shell.path(sandbox))", "SLACK_WEBHOOK": "https://127.0.0.1:9/"])
    #expect(finished.code == row.code, "\(block)\n\(finished.account)")
    let told = finished.all + (sandbox.read("told") ?? "")
    for part in row.prints { #expect(told.contains(part), "\(part):\n\(told)") }
  }

  @Test("Python in README.md tells a message of Baton's from others")
  func python() throws {
    let blocks = Markdown.blocks("python", in: try Self.readme())
    try #require(blocks.count == 1)
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" "true"
      notify "hook" { on = "succeeded", to = webhook { url = env.HOOK_URL, sign = secret "HOOK_KEY" } }
      """,
      "receive.py": """
      import base64, hmac, http.server, os, subprocess, sys, time
      received = []
      class Receiver(http.server.BaseHTTPRequestHandler):
          def do_POST(self):
              received.append((self.headers, self.rfile.read(int(self.headers["content-length"]))))
              self.send_response(204)
              self.end_headers()
          def log_message(self, *_): pass
      server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
      key = b"0123456789abcdefghijklmnopqrstuv"
      started = subprocess.Popen(["baton", "run", "w.lua"], env=dict(
          os.environ, HOOK_KEY="whsec_" + base64.b64encode(key).decode(),
          HOOK_URL=f"http://127.0.0.1:{server.server_port}/"))
      server.handle_request()
      assert started.wait() == 0
      snippet = open("snippet.py").read()
      headers, content = received[0]
      exec(snippet)
      for wrong in (content + b" ", b"{}"):
          content = wrong
          try: exec(snippet)
          except AssertionError: continue
          sys.exit("what was changed on its way is taken for whole")
      print("told apart")

      """, "snippet.py": blocks[0],
    ])
    let finished = try sandbox.command("python3", "receive.py", env: ["PATH": Shell.path(sandbox)])
    #expect(finished.code == 0 && finished.output.contains("told apart"), "\(finished.account)")
  }

  /// Commands that take minutes, and what runs the same instead.
  private static let exempt: [String: String] = [
    "scripts/run scripts/examples/pytest.lua": "it installs and builds Baton; pytest.lua is run by SuiteTests",
    "scripts/test": "it is what runs these tests",
  ]

  @Test("Commands for a shell in README.md are run, or run elsewhere")
  func commands() throws {
    let lines = Markdown.blocks("sh", in: try Self.readme()).joined().split(separator: "\n").map(String.init)
    #expect(Set(lines) == Set(Self.exempt.keys))
    for line in lines {
      for word in line.split(separator: " ") { #expect(Disk.exists("\(Binary.root)/\(word)"), "\(line)") }
    }
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    #expect(Disk.text("\(here)/SuiteTests.swift")?.contains("\"pytest.lua\"") == true)
  }

  @Test("There are no blocks of other languages in README.md")
  func languages() throws {
    let marks = try Self.readme().split(separator: "\n").filter { $0.hasPrefix("```") && $0 != "```" }
    #expect(Set(marks) == ["```lua", "```sh", "```console", "```python"])
  }
}
