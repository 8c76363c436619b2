import BatonModel
import Testing

/// baton.json: environments, variables, flags, and what a run keeps of them.
@Suite struct ConfigCommands {
  private static let settings = #"""
    {
      "config": { "url": "http://localhost:${PORT:-8080}", "db": { "host": "localhost" }, "hosts": ["a", "b"],
                  "none": null, "password": { "secret": "DB_PASSWORD" } },
      "flags": { "new": false },
      "env": { "LOG": "debug" },
      "environments": {
        "staging": { "config": { "url": "https://staging.example.com" } },
        "prod": { "extends": "staging", "flags": { "new": true }, "env": { "LOG": "warn" } }
      }
    }
    """#

  private static let workflow = #"""
    step "a" {
      run = "echo \"$BATON_ENV $LOG\" >> a.txt; echo " .. config.url .. " " .. tostring(flags.new) .. " >> a.txt",
    }
    step "b" { run = function() return "echo " .. config.db.host .. " " .. #config.hosts .. " >> b.txt" end }
    step "c" { run = "true" }
    if config.none ~= nil then error "a value that is null" end
    for _, host in ipairs(config.hosts) do step("host-" .. host) { run = "true", env = { CONFIG = host } } end
    """#

  @Test("A run gets the values of its environment, in the script and in the steps")
  func values() throws {
    let sandbox = try Sandbox(["baton.json": Self.settings, "w.lua": Self.workflow])
    let plain = try sandbox.baton("run", "w.lua", env: ["PORT": "9"])
    #expect(plain.code == 0, "\(plain.account)")
    #expect(sandbox.lines("a.txt") == [" debug", "http://localhost:9 false"])
    let prod = try sandbox.baton("run", "w.lua", "--env", "prod")
    #expect(prod.code == 0, "\(prod.account)")
    #expect(sandbox.lines("a.txt").suffix(2) == ["prod warn", "https://staging.example.com true"])
    #expect(sandbox.lines("b.txt").last == "localhost 2")
    let staging = try sandbox.baton("run", "w.lua", env: ["BATON_ENV": "staging"])
    #expect(staging.code == 0 && sandbox.lines("a.txt").suffix(2).first == "staging debug", "\(staging.account)")
    let shown = try sandbox.baton("show")
    #expect(
      shown.output.contains("staging") && shown.output.contains(#"config.url="https://staging.example.com""#),
      "\(shown.account)")
    #expect(shown.output.contains(#"config.password=secret "DB_PASSWORD""#))
    #expect(try sandbox.show().json["settings"]?["environment"] == "staging")
  }

  @Test("A name that is not there, an unknown environment and a kind that differs are told before anything runs")
  func mistakes() throws {
    let sandbox = try Sandbox([
      "baton.json": Self.settings, "w.lua": #"step "a" { run = "touch ran; echo " .. config.db.hots }"#,
      "f.lua": #"step "a" { run = "touch ran; echo " .. tostring(flags.nwe) }"#,
      "s.lua": #"step "a" { run = "touch ran" } config.url = "x""#,
    ])
    let unknown = try sandbox.baton("run", "w.lua")
    #expect(
      unknown.code == 2 && unknown.errors.contains(#"there is no config.db.hots (baton.json): did you mean "host"?"#),
      "\(unknown.account)")
    let flag = try sandbox.baton("check", "f.lua", "--env", "prod")
    #expect(
      flag.code == 2
        && flag.errors.contains(#"there is no flags.nwe (environment "prod" of baton.json): did you mean "new"?"#),
      "\(flag.account)")
    #expect(try sandbox.baton("run", "s.lua").errors.contains("config can't be changed"))
    let environment = try sandbox.baton("run", "w.lua", "--env", "pord")
    #expect(
      environment.code == 2 && environment.errors.contains(#"there is no environment "pord""#), "\(environment.account)"
    )
    #expect(environment.errors.contains(#"did you mean "prod"?"#), "\(environment.account)")
    #expect(try sandbox.baton("plan", "w.lua", env: ["BATON_ENV": "qa"]).code == 2)
    let none = try Sandbox(["w.lua": #"step "a" { run = "true" }"#])
    #expect(try none.baton("run", "w.lua", "--env", "prod").code == 2)
    // In a project without environments the variable means another one's.
    #expect(try none.baton("run", "w.lua", env: ["BATON_ENV": "prod"]).code == 0)
    #expect(sandbox.read("ran") == nil)
  }

  @Test("validate tells every mistake with its line, show --origin where each value comes from, schema is JSON")
  func commands() throws {
    let sandbox = try Sandbox(["baton.json": Self.settings])
    let right = try sandbox.baton("config", "validate")
    #expect(right.code == 0 && right.errors.contains("baton.json is right"), "\(right.account)")
    let shown = try sandbox.baton("config", "show", "--origin", "--env", "prod")
    #expect(shown.code == 0, "\(shown.account)")
    let lines = shown.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(
      lines.contains(#"config.url "https://staging.example.com" baton.json:7:30 environments.staging"#),
      "\(shown.account)")
    #expect(lines.contains(#"env.LOG "warn" baton.json:8:72 environments.prod"#), "\(shown.account)")
    #expect(
      lines.contains { $0.hasPrefix(#"config.password secret "DB_PASSWORD""#) && $0.hasSuffix("not set") },
      "\(shown.account)")
    let plain = try sandbox.baton("config", "show", "--origin", "--json")
    let origins = try JSON.decode(plain.output)["origins"]?.list ?? []
    #expect(origins.contains { $0["path"] == "config.url" && $0["variables"] == [["name": "PORT", "default": true]] })
    let schema = try JSON.decode(try sandbox.baton("config", "schema").output)
    #expect(schema["properties"]?["environments"] != nil)
    try sandbox.write(
      "baton.json", "{\n  \"flags\": { \"x\": 3 },\n  \"environments\": { \"a\": { \"jbos\": 1 } }\n}\n")
    let wrong = try sandbox.baton("config", "validate")
    #expect(wrong.code == 2, "\(wrong.account)")
    #expect(wrong.errors.contains("baton.json:2:19: error: $.flags.x must be true or false, not 3"), "\(wrong.account)")
    #expect(wrong.errors.contains("baton.json:3:28: error: $.environments.a.jbos is no setting"), "\(wrong.account)")
    #expect(try sandbox.baton("config", "vaildate").errors.contains(#"did you mean "validate"?"#))
  }

  @Test("A resumed run goes on with what it began with and says what differs; with --env it takes what is there now")
  func resuming() throws {
    let workflow = #"""
      step "a" { run = "echo " .. config.url .. " >> a.txt" }
      step "b" { run = function() return "echo " .. config.url .. " >> b.txt" end }
      step "c" { run = "echo c >> c.txt" }
      step "d" { depends = { "a", "b", "c" }, run = "test -e go" }
      """#
    let sandbox = try Sandbox([
      "w.lua": workflow,
      "baton.json":
        #"{"environment": "dev", "environments": {"dev": {"config": {"url": "one"}}, "prod": {"config": {"url": "three"}}}}"#,
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write(
      "baton.json", #"{"environments": {"dev": {"config": {"url": "two"}}, "prod": {"config": {"url": "three"}}}}"#)
    let kept = try sandbox.baton("resume")
    #expect(kept.code == 1, "\(kept.account)")
    #expect(kept.errors.contains(#"baton.json: config.url was "one", and is "two" now"#), "\(kept.account)")
    #expect(kept.errors.contains("goes on with what it began with; baton resume --env dev takes"), "\(kept.account)")
    #expect(sandbox.lines("a.txt") == ["one"] && sandbox.lines("b.txt") == ["one"])
    try sandbox.write("go", "")
    let taken = try sandbox.baton("resume", "--env", "dev")
    #expect(taken.code == 0, "\(taken.account)")
    #expect(sandbox.lines("a.txt") == ["one", "two"] && sandbox.lines("b.txt") == ["one", "two"], "\(taken.account)")
    #expect(try sandbox.show().json["settings"]?["config"]?["url"] == "two")
    let other = try sandbox.baton("resume", "--env", "prod")
    #expect(other.code == 0 && sandbox.lines("b.txt").last == "three", "\(other.account)")
    try sandbox.write("baton.json", #"{"environments": {"dev": {}}}"#)
    let gone = try sandbox.baton("resume")
    #expect(
      gone.code == 2
        && gone.errors.contains(#"began in the environment "prod", which baton.json does not have any more"#),
      "\(gone.account)")
  }

  @Test("A secret of the store reaches its step; its value stands in no record, log or file")
  func store() throws {
    let value = "hunter2-Tr0ub4dor&3"
    let sandbox = try Sandbox([
      "baton.json": #"{"config": {"password": {"secret": "DB_PASSWORD"}}, "env": {"PW": {"secret": "DB_PASSWORD"}}}"#,
      "w.lua":
        #"step "a" { run = { "sh", "-c", 'echo "$PW $1"; test "$1" = "$EXPECTED" && test "$PW" = "$EXPECTED"', "sh", config.password } }"#,
      "value": value + "\n",
    ])
    let missing = try sandbox.baton("run", "w.lua")
    #expect(missing.code == 2 && missing.errors.contains("baton secret set DB_PASSWORD"), "\(missing.account)")
    let set = try sandbox.baton("secret", "set", "DB_PASSWORD", "--from", "value")
    #expect(set.code == 0 && set.errors.contains("put DB_PASSWORD into baton.secrets"), "\(set.account)")
    try sandbox.write("value", "")
    let finished = try sandbox.baton("run", "w.lua", env: ["EXPECTED": value])
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try sandbox.baton("logs", "a").output == "*** ***\n")
    for name in Disk.files(below: sandbox.folder) {
      let text = Disk.bytes(sandbox.path(name)) ?? []
      #expect(!String(decoding: text, as: UTF8.self).contains(value), "\(name)")
    }
    #expect(try sandbox.baton("secret", "get", "DB_PASSWORD").output == value + "\n")
    #expect(try sandbox.baton("secret", "list").output == "DB_PASSWORD  baton.secrets\n")
    #expect(try sandbox.baton("secret", "get", "DB_PASWORD").errors.contains(#"did you mean "DB_PASSWORD"?"#))
    let key = try sandbox.baton("secret", "key")
    #expect(key.code == 0 && key.output.count == 65, "\(key.account)")
    // Elsewhere, with the key alone.
    let elsewhere = try Sandbox(["baton.secrets": sandbox.read("baton.secrets") ?? "", "baton.json": "{}"])
    #expect(try elsewhere.baton("secret", "get", "DB_PASSWORD").errors.contains("there is no key for"))
    let got = try elsewhere.baton(
      "secret", "get", "DB_PASSWORD", env: ["BATON_SECRET_KEY": key.output.filter { $0 != "\n" }])
    #expect(got.output == value + "\n", "\(got.account)")
    #expect(try sandbox.baton("secret", "remove", "DB_PASSWORD").code == 0)
    #expect(try sandbox.baton("secret", "list").output == "")
  }

  @Test("A command prints secrets, a file has them, and a called workflow has the environment of its caller")
  func sources() throws {
    let sandbox = try Sandbox([
      "baton.json": #"""
      {"secrets": [{"file": "local.env"}, {"command": ["./vault", "${BATON_ENV}/{name}"]}],
       "environments": {"qa": {"config": {"who": "qa"}}}}
      """#,
      "local.env": "FIRST=one\n", "vault": "#!/bin/sh\n[ \"$1\" = qa/SECOND ] && echo two\n",
      "w.lua": #"""
      step "a" { run = { "sh", "-c", 'test "$1 $2" = "one two"', "sh", secret "FIRST", secret "SECOND" } }
      call "sub" { workflow = "sub.lua" }
      """#,
      "sub.lua": #"step "b" { run = "echo $BATON_ENV " .. config.who .. " > sub.txt" }"#,
    ])
    _ = try sandbox.command("chmod", "+x", "vault")
    let finished = try sandbox.baton("run", "w.lua", "--env", "qa")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("sub.txt") == ["qa qa"])
    let outside = try sandbox.baton("run", "w.lua", env: ["BATON_ENV": ""])
    #expect(outside.code == 2, "\(outside.account)")
  }
}
