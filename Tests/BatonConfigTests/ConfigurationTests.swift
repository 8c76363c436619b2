import BatonConfig
import BatonModel
import Testing

@Suite struct ConfigurationTests {
  private static let text = """
    {
      "config": { "url": "http://localhost:${PORT:-8080}", "db": { "host": "localhost", "port": 5432 },
                  "password": { "secret": "DB_PASSWORD" } },
      "flags": { "new": false, "fast": "${FAST:-off}" },
      "env": { "LOG": "debug", "N": 5 },
      "jobs": "${JOBS:-3}",
      "environments": {
        "staging": { "config": { "url": "https://staging.example.com", "db": { "host": "db.staging" } }, "jobs": 8 },
        "prod": { "extends": "staging", "flags": { "new": true }, "config": { "db": { "port": "${DB_PORT:-6432}" } },
                  "env": { "LOG": "warn" }, "secrets": ["env"] }
      }
    }
    """

  private func configuration(_ text: String = text) throws -> Configuration {
    try Configuration(Array(text.utf8), file: "baton.json")
  }

  private func resolve(
    _ environment: String?, _ variables: [String: String] = [:], _ text: String = text
  ) throws -> Settings {
    try configuration(text).resolve(environment) { variables[$0] }
  }

  private func failure(_ environment: String? = nil, _ text: String, _ variables: [String: String] = [:]) -> String {
    do {
      _ = try resolve(environment, variables, text)
      return "no mistake"
    } catch let mistakes as Diagnostics {
      return mistakes.text
    } catch {
      return "\(error)"
    }
  }

  @Test func `an environment has what stands outside, then what it extends, then its own`() throws {
    let settings = try resolve("prod")
    #expect(settings.run.config["url"] == "https://staging.example.com")
    #expect(settings.run.config["db"] == ["host": "db.staging", "port": 6432])
    #expect(settings.run.config["password"] == ["secret": "DB_PASSWORD"])
    #expect(settings.run.flags == ["new": true, "fast": false])
    #expect(settings.run.env == ["LOG": "warn", "N": "5", "BATON_ENV": "prod"])
    #expect(settings.jobs == 8 && settings.secrets == [.environment])
    let outside = try resolve(nil)
    #expect(outside.run.config["url"] == "http://localhost:8080" && outside.jobs == 3)
    #expect(outside.run.env["BATON_ENV"] == nil && outside.secrets == SecretSource.standard)
  }

  @Test func `variables are filled in and become what their place needs`() throws {
    let settings = try resolve("prod", ["DB_PORT": "7777", "FAST": "yes", "JOBS": "2"])
    #expect(settings.run.config["db"]?["port"] == 7777)
    #expect(settings.run.flags["fast"] == true)
    #expect(try resolve(nil, ["JOBS": "2", "PORT": "9"]).jobs == 2)
    #expect(
      failure(text: "prod", ["DB_PORT": "seven"]).contains(
        "config.db.port is \"seven\", and $.config.db.port is a number"))
    #expect(failure(text: nil, ["JOBS": "many"]).contains("baton.json:6:11: error: $.jobs must be a whole number"))
    #expect(failure(text: nil, ["JOBS": "${JOBS}"]).contains("$.jobs must be a whole number"))
  }

  private func failure(text environment: String?, _ variables: [String: String]) -> String {
    failure(environment, Self.text, variables)
  }

  @Test func `each value knows the line, the environment and the variables that it came from`() throws {
    let origins = try resolve("prod", ["DB_PORT": "1"]).origins
    func origin(_ name: String) -> String {
      guard let found = origins.first(where: { $0.path.short == name }) else { return "none" }
      let uses = found.uses.map { "\($0.name)\($0.isDefault ? "?" : "")" }.joined(separator: ",")
      return "\(found.place.line) \(found.environment ?? "-") \(uses)"
    }
    #expect(origin("config.url") == "8 staging ")
    #expect(origin("config.db.host") == "8 staging ")
    #expect(origin("config.db.port") == "9 prod DB_PORT")
    #expect(origin("flags.fast") == "4 - FAST?")
    #expect(origin("flags.new") == "9 prod ")
    #expect(origin("env.LOG") == "10 prod ")
    #expect(origin("jobs") == "8 staging ")
  }

  @Test(arguments: [
    (#"{"config": {"a": "${A}"}}"#, "$.config.a needs the environment variable A, which is not set"),
    (#"{"config": {"a": "${A:?ask ops}"}}"#, "which is not set: ask ops"),
    (#"{"config": {"a": {"env": "A"}}}"#, "$.config.a needs the environment variable A, which is not set"),
    (#"{"config": {"a": "${A"}}"#, "$.config.a has a ${A that does not end in }"),
    (#"{"config": {"a": "${}"}}"#, "$.config.a has a ${ without the name of a variable behind it"),
    (#"{"config": {"a": "${A:b}"}}"#, "neither - nor ? behind it"),
    (
      #"{"config": {"a": "\#(String(repeating: "${A:-", count: 30))\#(String(repeating: "}", count: 30))"}}"#,
      "nest more than 20 deep"
    ),
    (#"{"flags": {"a": "${S:-maybe}"}}"#, #"$.flags.a must be true or false, not "maybe""#),
    (
      #"{"config": {"token": "${API_TOKEN}"}}"#,
      "would write API_TOKEN, which sounds like a secret, into the records of runs"
    ),
    (#"{"env": {"T": "x${DB_PASSWORD}"}}"#, "$.env.T would write DB_PASSWORD"),
    (#"{"env": {"a=b": "x"}}"#, "can't be the name of an environment variable"),
    (#"{"secrets": ["vault"]}"#, #"$.secrets[0] must be "env", "store","#),
    (#"{"secrets": [{"command": []}]}"#, "$.secrets[0].command names no program"),
    (#"{"environments": {"a": {"extends": "b"}}}"#, #"$.environments.a.extends: there is no environment "b""#),
    (#"{"environments": {"a": {"extends": "b"}, "b": {"extends": "a"}}}"#, "environments extend each other: a → b → a"),
    (#"{"environments": {"a": {"extends": "a"}}}"#, "environments extend each other: a → a"),
    (#"{"environments": {"a": {"roles": {}}}}"#, "$.environments.a.roles is no setting"),
    ("{\"jobs\": 4,\n \"jobs\": 5}", "baton.json:2:2: error: $.jobs is said twice\n  the first is at baton.json:1:2"),
    (#"{"config": {"odd key": "${A}"}}"#, #"$.config["odd key"] needs"#),
  ]) func `what is wrong is told with its place and path`(_ text: String, _ message: String) {
    let told = failure(nil, text, ["API_TOKEN": "x", "DB_PASSWORD": "x"])
    #expect(told.contains(message), "\(told)")
    #expect(told.hasPrefix("baton.json:"), "\(told)")
  }

  @Test func `a value is of one kind in all environments`() {
    let text =
      #"{"config": {"a": 1, "t": {}}, "environments": {"x": {"config": {"a": "one", "t": 5}}, "y": {"config": {"a": null}}}}"#
    let told = failure("x", text)
    #expect(told.contains("$.environments.x.config.a is a string, and $.config.a is a number"), "\(told)")
    #expect(told.contains("$.environments.x.config.t is a number, and $.config.t is an object"), "\(told)")
    #expect(failure("y", text) == "no mistake")
  }

  @Test func `an environment has a name that can be typed`() {
    let found = failure("a b", #"{"environments": {"a b": {}}}"#)
    #expect(found.contains("is no name of an environment") && found.contains("baton.json:1:"), "\(found)")
  }

  @Test func `an environment that is not there is told with the nearest`() {
    #expect(failure("pord", Self.text).contains("there is no environment \"pord\"\n  did you mean \"prod\"?"))
  }

  @Test func `findings tell of all environments, and of unset variables in the chosen one only`() throws {
    let text = """
      {"config": {"a": 1}, "environments": {
        "dev": {"config": {"u": "${DEV_URL}", "password": "hunter2"}},
        "prod": {"config": {"u": "${PROD_URL}", "a": "x"}}}}
      """
    func told(_ chosen: String?) throws -> String {
      Diagnostics(try configuration(text).findings(in: [chosen]) { _ in nil }).text
    }
    let dev = try told("dev")
    #expect(dev.contains("DEV_URL") && !dev.contains("PROD_URL"), "\(dev)")
    #expect(dev.contains("$.environments.prod.config.a is a string"), "\(dev)")
    #expect(dev.contains("warning: $.environments.dev.config.password sounds like a secret"), "\(dev)")
    #expect(dev.contains("$.environments.dev.config.password is not said in prod"), "\(dev)")
    #expect(!dev.contains("config.u is not said"), "\(dev)")
    let prod = try told("prod")
    #expect(prod.contains("PROD_URL") && !prod.contains("DEV_URL"), "\(prod)")
  }

  @Test func `a text of an environment variable is not looked through for variables`() throws {
    let settings = try resolve(nil, ["A": "${B}$$"], #"{"config": {"a": "x${A}", "b": "$$HOME $HOME $${A}"}}"#)
    #expect(settings.run.config == ["a": "x${B}$$", "b": "$HOME $HOME ${A}"])
  }

  @Test func `defaults nest, and an empty variable counts as unset with a colon only`() throws {
    let text = #"{"config": {"a": "${A:-${B:-c}}", "b": "${A-d}", "c": "${A:-x-${B}}"}}"#
    #expect(try resolve(nil, ["A": "", "B": "b"], text).run.config == ["a": "b", "b": "", "c": "x-b"])
    // What a default needs that is not taken has not to be there.
    #expect(try resolve(nil, ["A": "1"], text).run.config == ["a": "1", "b": "1", "c": "1"])
  }

  @Test func `differences name each value`() throws {
    let before = try resolve("staging").run
    var now = try resolve("prod").run
    now.config["extra"] = true
    now.env["LOG"] = nil
    let told = before.differences(to: now).map(\.text)
    #expect(
      told == [
        #"environment was "staging", and is "prod" now"#, #"config.db.port was 5432, and is 6432 now"#,
        "config.extra is new: true", #"env.BATON_ENV was "staging", and is "prod" now"#,
        #"env.LOG was "debug", and is gone"#,
        "flags.new was false, and is true now",
      ], "\(told)")
    #expect(RunSettings(now.value) == now)
  }
}

@Suite struct SettingsSchemaTests {
  @Test func `the schema knows each setting that the validation knows, and no other`() {
    let schema = SettingsTable.schema
    let settings = Set(schema["properties"]?.map?.keys.map { $0 } ?? [])
    #expect(
      settings == [
        "$schema", "agents", "config", "env", "environment", "environments", "flags", "jobs", "keep", "resources",
        "roles",
        "secrets", "trust",
      ])
    #expect(schema["additionalProperties"] == false)
    let inner = schema["properties"]?["environments"]?["additionalProperties"]
    #expect(
      Set(inner?["properties"]?.map?.keys.map { $0 } ?? []) == [
        "config", "env", "extends", "flags", "jobs", "resources", "secrets",
      ])
    // What validation refuses by name is refused by the schema, at each level that has names of its own.
    #expect(inner?["additionalProperties"] == false)
    #expect(schema["properties"]?["agents"]?["additionalProperties"] == false)
  }
}
