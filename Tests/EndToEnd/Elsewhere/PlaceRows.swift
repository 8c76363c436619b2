/// What a step says and what then is seen, wherever it runs.
struct PlaceRow: Sendable {
  let name: String
  /// Fields of the step, in Lua.
  let fields: String
  var reason = ""
  /// Where the place cannot tell what the others can.
  var reasons: [PlaceUnderTest.Kind: String] = [:]
  /// Stand in its log.
  var log: [String] = []
  var values: [String: String] = [:]
  /// What is in files of this machine's folder behind it.
  var files: [String: String] = [:]
  /// Stands in the run's events.
  var event = ""

  func reason(_ kind: PlaceUnderTest.Kind) -> String { reasons[kind] ?? reason }

  /// Its declaration.
  var step: String { "step \"\(name)\" { \(fields), allow_failure = true }" }

  private static func exit(_ code: Int) -> PlaceRow {
    // An engine of containers tells 128 and the signal's number where one ended the program, and nothing else.
    let signals = [137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM", 159: "SIGSYS"]
    let reason = signals[code].map { "killed by \($0)" }
    return PlaceRow(
      name: "exit-\(code)", fields: "run = \"exit \(code)\"", reason: "exit code \(code)",
      reasons: reason.map { [.podman: $0, .docker: $0] } ?? [:])
  }

  private static func signal(_ name: String) -> PlaceRow {
    PlaceRow(name: "dies-\(name)", fields: "run = \"kill -\(name) $$\"", reason: "killed by SIG\(name)")
  }

  static let all: [PlaceRow] =
    [1, 3, 42, 125, 126, 127, 128, 129, 137, 139, 143, 159, 160, 254, 255].map(exit)
    + ["KILL", "TERM", "SEGV"].map(signal)
    + [
      PlaceRow(
        name: "output", fields: "run = \"echo to output; echo to errors >&2\"", log: ["to output", "to errors"]),
      PlaceRow(name: "torn", fields: "run = \"printf torn\"", log: ["torn"]),
      PlaceRow(name: "input", fields: "run = \"cat\", stdin = \"read from stdin\\n\"", log: ["read from stdin"]),
      PlaceRow(
        name: "words", fields: "run = { \"printf\", \"<%s>\", \"a b\", \"$HOME\", \"i'i\", \"*\" }",
        log: ["<a b><$HOME><i'i><*>"]),
      PlaceRow(
        name: "environment",
        fields:
          "run = [[echo \"<$OUTER|$INNER|$BATON_STEP|$base>\"]], env = { INNER = \"i'i\\nsecond\", base = \"b\" }",
        log: ["<o o|i'i\nsecond|environment|b>"]),
      PlaceRow(
        name: "leased",
        fields:
          "lease = pool \"board\" { members = { { name = \"b1\", url = \"u 1\" } }, check = probe.command \"true\" }, "
          + "run = [[echo \"has $LEASE_BOARD at $LEASE_BOARD_URL\"]]",
        log: ["has b1 at u 1"]),
      PlaceRow(
        name: "files",
        fields:
          "run = \"cat in.txt > out/copy.txt; test -x tool && ./tool >> out/copy.txt\", inputs = { \"in.txt\", \"tool\", "
          + "\"out/.keep\" }, outputs = \"out/*.txt\", cache = false, cwd = \"sub\"",
        files: ["sub/out/copy.txt": "from outside\ntool\n"]),
      PlaceRow(
        name: "values",
        fields: "run = [[echo version=1.4 >> \"$BATON_OUTPUT\"; echo '{\"deep\":{\"n\":1}}' >> \"$BATON_OUTPUT\"]]",
        values: ["version": "1.4"]),
      PlaceRow(
        name: "metrics", fields: "run = [[echo '{\"metric\":\"size\",\"value\":3}' >> \"$BATON_EVENTS\"]]",
        event: "size=3"),
      PlaceRow(
        name: "checkpoint",
        fields: "retry = 1, run = [[test \"$BATON_CHECKPOINT\" = half && exit 0; echo '{\"checkpoint\":\"half\"}' >> "
          + "\"$BATON_EVENTS\"; exit 1]]"),
      PlaceRow(name: "daemon", fields: "run = \"(setsid sleep 100 &); true\""),
      PlaceRow(
        name: "large", fields: "run = \"i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done\"",
        log: ["line 0\n", "line 19999\n"]),
      PlaceRow(
        name: "report",
        fields:
          "run = [[echo '<testsuite><testcase name=\"a\"/></testsuite>' > report.xml]], results = junit \"report.xml\"",
        files: ["report.xml": "<testsuite><testcase name=\"a\"/></testsuite>\n"]),
      PlaceRow(
        name: "body", fields: "function(ctx) return { text = ctx:sh(\"echo captured; echo aside >&2\").text } end",
        values: ["text": "captured"]),
    ]
}
