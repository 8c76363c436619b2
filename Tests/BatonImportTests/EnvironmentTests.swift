import BatonModel
import Testing

@testable import BatonImport

/// `env`, and what refers to it.
@Suite struct EnvironmentTests {
  /// A workflow of one job, `a`, with this `env` and these steps.
  private func imported(env: String = "", _ steps: String) throws -> Imported {
    let text = "on: push\njobs:\n  a:\n    env: { \(env) }\n    steps:\n\(steps)"
    let made = try Import.read(Array(text.utf8), file: "ci.yml")
    _ = try GitHubTests.load(made.lua)
    return made
  }

  @Test("a step's own variables are told from those of the job")
  func own() throws {
    let made = try imported(
      env: "N: v7", "      - { env: { N: own, B: \"${{ env.N }}\" }, run: 'echo $B' }\n")
    #expect(made.lua.contains("env = actions.own { N = \"own\", B = \"${{ env.N }}\" }"), "\(made.lua)")
    #expect(made.lua.contains("  env = { N = \"v7\" },"), "\(made.lua)")
  }

  @Test("a value that a step's script sets does not see the step's own, nor does what is made of it")
  func late() throws {
    let late = "L: \"${{ job.status }} ${{ env.N }} ${{ env.X }}\""
    let made = try imported(
      env: "N: \"v ${{ github.ref }}\", M: m",
      "      - { env: { N: own, \(late) }, run: 'echo ${{ env.L }} ${{ env.N }} ${{ env.M }}' }\n")
    #expect(made.lua.contains("export L=\" .. actions.quote(job.status() .. \" \" .. "), "\(made.lua)")
    #expect(made.lua.contains("\"v ${{ github.ref }}\" .. \" ${{ env.X }}\")"), "\(made.lua)")
    #expect(made.lua.contains(" ${{ env.N }} ${{ env.M }}\" end)"), "\(made.lua)")
    // Nobody knows what an undeclared one of the same name was before.
    let unknown = try imported(
      "      - { env: { N: own, L: \"${{ job.status }} ${{ env.N }}\" }, run: 'echo $L' }\n")
    #expect(unknown.notes.filter(\.isLost).map(\.path) == ["jobs.a.steps[0].env.L"], "\(unknown.notes)")
    let itself = try imported("      - { env: { L: \"${{ job.status }} ${{ env.L }}\" }, run: 'echo $L' }\n")
    #expect(!itself.notes.contains { $0.isLost }, "\(itself.notes)")
  }

  @Test("a condition on what a step before may have written to GITHUB_ENV is lost, and told")
  func written() throws {
    let step = "      - run: echo \"DEPLOY=true\" >> $GITHUB_ENV\n"
    func lost(_ last: String, before: String = step) throws -> [String] {
      try imported(env: "KIND: Release, DEPLOY: no", before + last).notes.filter(\.isLost).map(\.path)
    }
    func condition(_ text: String) -> String { "      - { if: \"\(text)\", run: echo }\n" }
    #expect(try lost(condition("env.DEPLOY == 'true'")) == ["jobs.a.steps[1].if"])
    func writes(_ text: String) -> String { "      - run: 'echo \"\(text)\" >> $GITHUB_ENV'\n" }
    #expect(try lost(condition("env.OTHER == 'true'"), before: writes("OTHER<<EOF")) == ["jobs.a.steps[1].if"])
    #expect(try lost("      - run: echo ${{ env.DEPLOY || 'x' }}\n") == ["jobs.a.steps[1].run"])
    // A name that is only read, or is a part of another.
    for text in ["URL=https://x/$KIND", "KIND_URL=x", "MY_KIND=x"] {
      #expect(try lost(condition("env.KIND == 'Release'"), before: writes(text)).isEmpty)
    }
    #expect(try lost(condition("${{ !env.ACT }}")).isEmpty)
    // What the step does not name, what is the later step's own, and what the text is filled with.
    #expect(try lost(condition("env.KIND == 'Release'")).isEmpty)
    #expect(try lost("      - { if: env.DEPLOY == 'x', env: { DEPLOY: x }, run: echo }\n").isEmpty)
    #expect(try lost("      - run: echo ${{ env.DEPLOY }}\n").isEmpty)
    #expect(try lost(condition("env.DEPLOY == 'no'"), before: "      - run: echo\n").isEmpty)
    let made = try imported(step + condition("env.DEPLOY == 'true'"))
    #expect(made.lua.contains("and fail(\"its condition has no counterpart: env.DEPLOY is known"), "\(made.lua)")
  }

  @Test(
    "a step may set any name that is declared nowhere, where not all that it writes to GITHUB_ENV stand in its text",
    arguments: [
      #"printf "%s=%s\n" "$k" "$v" >> $GITHUB_ENV"#, #"cat file >> "$GITHUB_ENV""#, "tee -a $GITHUB_ENV < file",
      #"echo "$NAME=1" >> $GITHUB_ENV"#, #"echo "${{ matrix.n }}=1" >> $GITHUB_ENV"#, "./tool --to $GITHUB_ENV",
      #"cat file | tee -a "$GITHUB_ENV""#, "cat file | tee -a $GITHUB_ENV | wc -l", "F=$GITHUB_ENV; cat x >> $F",
      "cat >> $GITHUB_ENV <<EOF\nA=1\n$B\nEOF", #"{ echo "A=1"; cat file; } >> $GITHUB_ENV"#,
      #"for k in A B; do echo "$k=1"; done >> $GITHUB_ENV"#, "env | grep ^A >> $GITHUB_ENV",
      #"echo "A<<$(uuid)" >> $GITHUB_ENV; cat file >> $GITHUB_ENV"#, #"bash -c 'env >> $GITHUB_ENV'"#,
      #"set_it() { echo "$1=$2" >> "$GITHUB_ENV"; }"#, #"(cd x && ./env) >> "$GITHUB_ENV""#,
      "with open(os.environ['GITHUB_ENV'], 'a') as f:\n  f.write(x)", #"jq -r .env x.json >> $GITHUB_ENV"#,
      "if true; then echo A=1; env; fi >> $GITHUB_ENV", "cat >> x.sh <<X\nenv >> $GITHUB_ENV\nX",
      #"echo "A=it's" >> $GITHUB_ENV; echo "open >> $GITHUB_ENV"#, #"export OUT="$GITHUB_ENV"; env >> $OUT"#,
      #"echo -n "" >> $GITHUB_ENV; env >> $GITHUB_ENV"#, "(case $x in a) env ;; esac) >> $GITHUB_ENV",
      "sort -u -o $GITHUB_ENV file", "set >> $GITHUB_ENV",
      #"for k in A B; do echo "$k=1"; done | tee -a "$GITHUB_ENV""#,
    ])
  func open(text: String) throws {
    #expect(try lost(after: text, "env.B") == ["jobs.a.steps[1].if"])
    #expect(try lost(after: text, "env.DECLARED").isEmpty)
  }

  @Test(
    "a step sets no other names than those that it writes to GITHUB_ENV, where these stand in its text",
    arguments: [
      #"echo "A=1" >> $GITHUB_ENV"#, "echo A=${{ matrix.n || 'x' }} >> ${GITHUB_ENV}", "echo 'A=$x'>>$GITHUB_ENV",
      #"printf 'A=%s\n' "$v" >> $GITHUB_ENV"#, #"printf "%s\n" "A=$x" C=2 >> "$GITHUB_ENV" # $x"#,
      #"echo -e "A=1\nC=$x" >> "$GITHUB_ENV""#, #"echo "A=1" | tee -a "$GITHUB_ENV" > /dev/null"#,
      #"echo "A=1" | sudo tee -a $GITHUB_ENV"#, #"echo "A=$(echo "x" | sed 's/)/=/')" >> $GITHUB_ENV"#,
      "cat >> $GITHUB_ENV <<EOF\nA=1\nC=$x\nEOF\ncat y", "cat <<-'EOF' | tee -a $GITHUB_ENV\n\tA=1\n\tEOF",
      "{\n  echo 'A<<EOF'\n  cat file\n  echo EOF\n  echo C=1\n} >> \"$GITHUB_ENV\"",
      #"echo "A<<${D}" >> $GITHUB_ENV; git log >> $GITHUB_ENV; echo "$D" >> $GITHUB_ENV"#,
      #"echo -n "A=" >> $GITHUB_ENV; date >> $GITHUB_ENV"#, "tee -a $GITHUB_ENV <<< A=1", "cat $GITHUB_ENV",
      #"if [ -s "$GITHUB_ENV" ]; then\#n  echo A=1 >> $GITHUB_ENV\#nelse { echo C=1; } >> $GITHUB_ENV; fi"#,
      #"case $x in a|b) echo A=1 >> $GITHUB_ENV ;; *) echo C=1 >> $GITHUB_ENV ;; esac; env"#,
      #"for k in 1 2; do echo "A=$k" >> $GITHUB_ENV; done"#, #""A=1" >> $env:GITHUB_ENV"#,
      #""A=1" | Out-File -FilePath $env:GITHUB_ENV -Append"#, "echo A=1>> %GITHUB_ENV%",
      #"echo "A=1" |\#n  tee -a $GITHUB_ENV"#, #"curl x > file; [ -n "$A" ] && echo "A=1" >> $GITHUB_ENV || true"#,
      #"echo "A=$(echo ")" "$(echo '"')")" >> $GITHUB_ENV"#,
      "# sets GITHUB_ENV, doesn't it", ": > $GITHUB_ENV", #"echo "see $GITHUB_ENV""#,
    ])
  func literal(text: String) throws {
    #expect(try lost(after: text, "env.B").isEmpty)
    #expect(try lost(after: text, "env.DECLARED").isEmpty)
  }

  @Test(
    "a declared variable may have another value behind a step that writes it, whatever way",
    arguments: [
      #"printf "%s=%s\n" DECLARED y >> $GITHUB_ENV"#, #"echo "DECLARED"=y >> $GITHUB_ENV"#,
      #"for k in DECLARED C; do echo "$k=y" >> $GITHUB_ENV; done"#, "cat >> $GITHUB_ENV <<E\nDECLARED<<X\ny\nX\nE",
    ])
  func declared(text: String) throws {
    #expect(try lost(after: text, "env.DECLARED") == ["jobs.a.steps[1].if"])
  }

  @Test("a long text full of brackets is read")
  func long() throws {
    for text in [
      String(repeating: "( a ) ", count: 20_000),
      String(repeating: "if ", count: 10_000) + String(repeating: "{ a; } ", count: 10_000),
    ] {
      let writes = try #require(EnvironmentWrites("GITHUB_ENV " + text))
      #expect(!writes.mayChange("B"))
    }
  }

  /// What is lost of a step with a condition that names a variable, after one that runs a text.
  private func lost(after text: String, _ name: String) throws -> [String] {
    let lines = text.split(separator: "\n").map { "          \($0)\n" }.joined()
    let steps = "      - run: |\n\(lines)      - { if: \"\(name) == 'x'\", run: echo }\n"
    return try imported(env: "DECLARED: x", steps).notes.filter(\.isLost).map(\.path)
  }
}
