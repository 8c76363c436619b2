import BatonModel
import Glibc
import Testing

@Suite("baton report") struct ReportTests {
  /// Two steps with results, one of them with failures; a measurement; a file that is kept.
  private static let workflow = """
    step "unit" { run = "cp unit.in unit.xml", results = junit "unit.xml" }
    step "web" { run = "cp web.in web.xml; echo broken page; exit 1", results = junit "web.xml" }
    step "size" { run = [[echo '{"metric":"kb","value":12.5}' >> "$BATON_EVENTS"; echo x > app.txt]], artifacts = { "app.txt" } }
    """

  private static let unit = """
    <testsuites><testsuite name="unit"><testcase classname="calc" name="adds" time="0.25"/>
    <testcase classname="calc" name="skips"><skipped message="later"/></testcase></testsuite></testsuites>
    """

  private static let web = """
    <testsuite name="web"><testcase classname="page" name="loads" time="1.5" file="tests/page.js" line="12">
    <failure message="expected &lt;b> 200, got 500" type="AssertionError">at page.js:12</failure></testcase>
    <testcase classname="page" name="&lt;/script>&lt;script>alert(1)&lt;/script>" time="0.5"/></testsuite>
    """

  private func sandbox(runs: Int = 1) throws -> Sandbox {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "unit.in": Self.unit, "web.in": Self.web])
    for _ in 0..<runs {
      let finished = try sandbox.baton("run", "w.lua")
      try #require(finished.code == 1, "\(finished.account)")
    }
    return sandbox
  }

  @Test("A page is written into the run's folder, its path is printed, and it holds every case")
  func page() throws {
    let sandbox = try sandbox(runs: 2)
    let finished = try sandbox.baton("report")
    #expect(finished.code == 0, "\(finished.account)")
    let path = String(finished.output.dropLast())
    #expect(path.hasSuffix("/report.html"))
    let page = try #require(sandbox.read(path))
    for text in [
      "Failed: 1 of 4 tests fails", "\"page.loads\"", "calc.adds", "broken page", "href=\"artifacts/size/app.txt\"",
      "kb",
      "<section id=\"trends\"", "expected &lt;b&gt; 200, got 500",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("<script>alert(1)"))
  }

  @Test("JSON tells what the files of results told, in numbers that agree with baton show")
  func json() throws {
    let sandbox = try sandbox(runs: 2)
    let finished = try sandbox.baton("report", "--format", "json")
    let report = try JSON.decode(finished.output)
    #expect(report["schema"]?.integer == 1)
    let shown = try JSON.decode(try sandbox.baton("show", "--json").output)
    for key in ["total", "passed", "failed", "skipped", "flaky", "pass_rate"] {
      #expect(report["tests"]?[key] == shown["tests"]?[key], "\(key)")
    }
    #expect(report["tests"]?["total"]?.integer == 4)
    let cases = try #require(report["tests"]?["cases"]?.list)
    let failed = try #require(cases.first { $0["status"]?.string == "failed" })
    #expect(failed["title"]?.string == "page.loads")
    #expect(failed["line"]?.integer == 12)
    #expect(failed["duration_ms"]?.integer == 1500)
    #expect(report["change"]?["still_failing"]?.list == ["page.loads"])
    #expect(report["change"]?["new_failures"]?.list == [])
    #expect(report["trend"]?.list?.count == 2)
    #expect(report["environment"]?.list?.contains { $0["name"]?.string == "Kernel" } == true)
    #expect(report["performance"]?.list?.first?["value"]?.number == 12.5)
  }

  @Test("JUnit of all steps has as many cases as their files, and Markdown goes to a file")
  func texts() throws {
    let sandbox = try sandbox()
    let junit = try sandbox.baton("report", "--format", "junit")
    #expect(junit.output.split(separator: "\n").count { $0.contains("<testcase ") } == 4)
    #expect(junit.output.contains("<failure message=\"expected &lt;b&gt; 200, got 500\" type=\"AssertionError\">"))
    let markdown = try sandbox.baton("report", "--format", "md", "-o", "summary.md")
    #expect(markdown.code == 0 && markdown.output.isEmpty, "\(markdown.account)")
    #expect(
      sandbox.read("summary.md")?.contains("- `page.loads`")
        == true)
  }

  @Test("Under GitHub Actions, failed tests become annotations and the report the job's summary")
  func github() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "unit.in": Self.unit, "web.in": Self.web])
    let summary = sandbox.path("summary.md")
    let finished = try sandbox.baton("run", "w.lua", env: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary])
    #expect(finished.code == 1)
    #expect(
      finished.all.contains("::error file=tests/page.js,line=12,title=page.loads::expected <b> 200, got 500 [web]"),
      "\(finished.account)")
    #expect(sandbox.read(summary)?.contains("1 of 4 tests fails") == true)
  }

  @Test("Under GitLab, failed tests stand in a section of the log")
  func gitlab() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "unit.in": Self.unit, "web.in": Self.web])
    let finished = try sandbox.baton("run", "w.lua", env: ["GITLAB_CI": "true"])
    #expect(finished.all.contains(":baton_failures[collapsed=true]"), "\(finished.account)")
    #expect(finished.all.contains("✗ page.loads (tests/page.js:12)"), "\(finished.account)")
  }

  @Test("A report of lost cases keeps the numbers of the record, and says so")
  func lost() throws {
    let sandbox = try sandbox()
    Disk.remove(sandbox.path(".baton/runs/\(try sandbox.show().run)/results"))
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
    #expect(report["tests"]?["total"]?.integer == 4)
    #expect(report["tests"]?["cases"]?.list == [])
    #expect(report["problems"]?.list?.count == 2)
  }

  @Test("Without WeasyPrint, a PDF is refused with the command that installs it; with it, it is one")
  func pdf() throws {
    let sandbox = try sandbox()
    let refused = try sandbox.baton("report", "--format", "pdf", env: ["PATH": sandbox.scratch])
    #expect(refused.code == 2)
    #expect(refused.all.contains("apt-get install weasyprint"), "\(refused.account)")
    let made = try sandbox.baton("report", "--format", "pdf", "-o", "r.pdf")
    #expect(made.code == 0, "\(made.account)")
    #expect(Disk.bytes(sandbox.path("r.pdf"))?.starts(with: Array("%PDF".utf8)) == true)
  }

  @Test("A PDF that takes too long is given up, with what to do then")
  func slowPDF() throws {
    let sandbox = try sandbox()
    try sandbox.write("bin/weasyprint", "#!/bin/sh\nexec tail -f /dev/null\n")
    chmod(sandbox.path("bin/weasyprint"), 0o755)
    let path = sandbox.path("bin") + ":" + (sandbox.environment["PATH"] ?? "")
    let given = try sandbox.baton("report", "--format", "pdf", "--timeout", "200ms", env: ["PATH": path])
    #expect(given.code == 70, "\(given.account)")
    #expect(given.all.contains("weasyprint was ended: it has not made the PDF within 200ms"), "\(given.account)")
    for (arguments, part) in [
      (["--timeout", "1m"], "--timeout is for --format pdf"),
      (["--format", "pdf", "--timeout", "soon"], "length of time"),
    ] {
      let refused = try sandbox.start(["report"] + arguments).wait()
      #expect(refused.code == 2 && refused.all.contains(part), "\(refused.account)")
    }
  }

  @Test("A gate that refused and only warns is drawn as what it is")
  func warning() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local a = step "a" "true"
      step "b" { depends = gate "g" { depends = a, require = { tests = ">= 1" }, otherwise = "warn" }, run = "true" }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let page = try sandbox.baton("report", "-o", "-").output
    #expect(page.contains("<span class=\"badge warn\"><span aria-hidden=\"true\">!</span> refused</span>"))
    #expect(page.contains("<g class=\"warn gate\"") && page.contains("<title>g: refused"), "\(page.suffix(2000))")
  }

  @Test("A secret in the name of an artifact is hidden on disk, in the page and for programs")
  func secretArtifact() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" {
        run = [[mkdir -p out; echo 1 > "out/log-$T.txt"; echo 2 > out/plain.txt]], env = { T = secret "TOKEN" },
        artifacts = { "out/**" },
      }
      """
    ])
    let secret = "hunter2hunter2"
    let finished = try sandbox.baton("run", "w.lua", env: ["TOKEN": secret])
    #expect(finished.code == 0, "\(finished.account)")
    #expect(Disk.files(below: sandbox.path(".baton")).allSatisfy { !$0.contains(secret) })
    for format in ["html", "json"] {
      let report = try sandbox.baton("report", "--format", format, "-o", "-").output
      #expect(!report.contains(secret), "\(format)")
      #expect(report.contains("out/log-***.txt") && report.contains("out/plain.txt"), "\(format)")
    }
  }

  @Test("A folder that is not there is told before any work")
  func folder() throws {
    let sandbox = try sandbox()
    let finished = try sandbox.baton("report", "-o", "none/r.html")
    #expect(finished.code == 2)
    #expect(finished.all.contains("there is no folder none"), "\(finished.account)")
  }
}
