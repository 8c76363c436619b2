import BatonModel
import Testing

@testable import BatonImport

@Suite struct ExpressionTests {
  @Test("precedence is GitHub's") func precedenceIsGithubS() throws {
    let parsed = try ExpressionParser.parse("github.ref == 'refs/heads/main' && !cancelled() || 1 < 0x10")
    let ref = ActionExpression.property(.context("github"), "ref")
    #expect(
      parsed
        == .binary(
          .or, .binary(.and, .binary(.equal, ref, .literal("refs/heads/main")), .not(.call("cancelled", []))),
          .binary(.less, .literal(1), .literal(16))))
  }

  @Test(
    "values, strings, indices and wildcards are read",
    arguments: [
      ("'it''s'", ActionExpression.literal("it's")), ("-1.5", .literal(-1.5)), ("1e3", .literal(1000)),
      ("null", .literal(.null)), ("TRUE || false", .literal(.null)),
      ("steps['a-b'].outputs.x", .property(.property(.property(.context("steps"), "a-b"), "outputs"), "x")),
      ("matrix.list[0]", .index(.property(.context("matrix"), "list"), .literal(0))),
      ("github.event.*", .wildcard(.property(.context("github"), "event"))),
    ]) func values(_ text: String, _ expected: ActionExpression) throws
  {
    guard text != "TRUE || false" else {
      #expect(throws: ExpressionFailure.self) { try ExpressionParser.parse(text) }
      return
    }
    #expect(try ExpressionParser.parse(text) == expected)
  }

  @Test(
    "what is wrong is told with its place",
    arguments: [
      ("a ==", "there is no context \"a\"", 0),
      ("github.", "expected a name behind \".\", not end of the expression", 7),
      ("contain(a, 'b')", "there is no function \"contain\": did you mean \"contains\"?", 0),
      ("github.ref == \"x\"", "strings stand between single quotes", 14), ("'x", "a string that does not end", 0),
      ("contains('a')", "contains takes 2 values, not 1", 0), ("", "an empty expression", 0),
      ("(1", "expected \")\", not end of the expression", 2), ("1 2", "unexpected 2", 2),
      ("github & x", "unexpected \"&\"", 7), ("0xzz", "\"0xzz\" is no number", 0),
    ]) func mistakes(_ text: String, _ message: String, _ offset: Int)
  {
    #expect(throws: ExpressionFailure(message: message, offset: offset)) { try ExpressionParser.parse(text) }
  }

  @Test("deep and long expressions are refused") func deepAndLongExpressionsAre() {
    for text in [
      String(repeating: "(", count: 10_000), String(repeating: "!", count: 10_000) + "true",
      "1" + String(repeating: " || 1", count: 10_000), "github" + String(repeating: ".a", count: 10_000),
    ] {
      #expect(throws: ExpressionFailure.self) { try ExpressionParser.parse(text) }
    }
  }

  @Test("texts are split at braces, strings passed over") func textsAreSplitAtBraces() throws {
    #expect(
      try TextPart.parts(of: "a ${{ 'x}}' }}b${{1}}")
        == [.text("a "), .expression(" 'x}}' ", .literal("x}}")), .text("b"), .expression("1", .literal(1))])
    #expect(throws: ExpressionFailure(message: "\"${{\" without \"}}\"", offset: 2)) {
      try TextPart.parts(of: "a ${{ 'x}}'")
    }
  }

  // MARK: As Lua

  private var scope: GitHubScope {
    var scope = GitHubScope()
    scope.inputs = ["level"]
    scope.axes = ["os", "python-version"]
    scope.furtherKeys = ["extra"]
    scope.needs = ["test", "build"].reduce(into: [:]) {
      $0[$1] = .init(outputs: [], steps: [:], isMatrix: false)
    }
    scope.steps = [
      "a": .init(name: "job.a", local: "job_a", isCertain: true),
      "b": .init(name: "job.b", local: nil, isCertain: false),
    ]
    return scope
  }

  @Test(
    "conditions are written as Lua",
    arguments: [
      ("github.ref == 'refs/heads/main'", "job.success() and actions.same(github.ref, \"refs/heads/main\")"),
      ("always() && matrix.os != 'x'", "job.always() and not actions.same(cell.os, \"x\")"),
      ("failure() || cancelled()", "job.failure() or job.cancelled()"),
      (
        "${{ github.event_name == 'push' || inputs.level }}",
        "job.success() and (actions.same(github.event_name, \"push\") or actions.truthy(params.level))"
      ),
      (
        "github.event.inputs.level == 'true' && inputs.level",
        "job.success() and actions.same(actions.text(params.level), \"true\") and actions.truthy(params.level)"
      ),
      ("github.event.inputs.none == ''", "job.success() and actions.same(\"\", \"\")"),
      (
        "github.event.inputs.level.deeper",
        "job.success() and actions.truthy(actions.at(github.event, \"inputs\", \"level\", \"deeper\"))"
      ),
      ("steps.b.outcome == 'failure'", "job.success() and actions.same(job.outcome(\"job.b\"), \"failure\")"),
      (
        "contains(github.event.labels.*.name, 'x')",
        "job.success() and actions.contains(actions.each(actions.at(github.event, \"labels\"), \"name\"), \"x\")"
      ),
      (
        "always() && contains(needs.*.result, 'failure')",
        "job.always() and actions.contains({ job.result(\"build\"), job.result(\"test\") }, \"failure\")"
      ),
      (
        "contains(steps.*.outcome, 'failure')",
        "job.success() and actions.contains({ job.outcome(\"job.a\"), job.outcome(\"job.b\") }, \"failure\")"
      ),
      ("contains(needs.*.outputs.x, 'y')", "!needs.*.outputs has no counterpart"),
      ("contains(github.event.*.a.*, 'y')", "!\".*\" behind another has no counterpart"),
      (
        "!contains(github.event.head_commit.message, 'skip')",
        "job.success() and not actions.contains(actions.at(github.event, \"head_commit\", \"message\"), \"skip\")"
      ),
      (
        "runner.os == 'Linux' && matrix.extra",
        "job.success() and actions.same(\"Linux\", \"Linux\") and actions.truthy(cell.extra)"
      ),
      ("hashFiles('x') != ''", "!hashFiles() has no counterpart: give the step inputs and outputs instead"),
      ("secrets.TOKEN != ''", "!a secret can't be looked at"),
    ]) func conditions(_ text: String, _ lua: String)
  {
    let node = BatonImport.Node(.string(text), at: Mark(line: 1, column: 1))
    do throws(Untranslatable) {
      #expect(try scope.condition(node).code == lua)
    } catch {
      #expect("!" + error.message == lua)
    }
  }

  @Test(
    "texts are written as Lua",
    arguments: [
      ("plain", "\"plain\""), ("say \"x\"", "[[say \"x\"]]"),
      ("py ${{ matrix.python-version }}", "\"py \" .. actions.text(cell[\"python-version\"])"),
      ("v=${{ steps.a.outputs.v }}", "\"v=\" .. raw(job_a.out.v)"),
      ("${{ github.sha }} in ${{env.HOME}}", "\"${{ github.sha }} in ${{ env.HOME }}\""),
      ("${{ matrix.os == 'x' && 'a' || 'b' }}", "(actions.same(cell.os, \"x\") and \"a\" or \"b\")"),
      ("${{ github.event.inputs.level }}", "actions.text(params.level)"),
      ("${{ matrix.extra || '.' }}", "actions.text(actions.either(cell.extra, \".\"))"),
      ("a ${{secrets.T}}", "\"a ${{ secrets.T }}\""), ("${{ github.token }}", "\"${{ secrets.GITHUB_TOKEN }}\""),
      ("${{ vars.X }}", "(env.X or \"\")"),
      ("${{ steps.b.outputs.v }}", "?steps.b.outputs.v may be missing"),
      ("${{ steps.c.outputs.v }}", "!there is no step with the id \"c\" before it"),
      ("${{ matrix.nothing }}x", "\"x\""), ("${{ oops }}", "!bad expression: there is no context \"oops\""),
    ]) func texts(_ text: String, _ lua: String)
  {
    do throws(Untranslatable) {
      #expect(try scope.text(text, .text(script: true)).code == lua)
    } catch {
      let mark = if case .onlyInCall = error { "?" } else { "!" }
      #expect(mark + error.message == lua)
    }
  }
}
