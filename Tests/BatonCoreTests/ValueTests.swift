import BatonCore
import BatonModel
import BatonTestKit
import Glibc
import Testing

@Suite struct ShellTextTests {
  /// What a real shell makes of one word.
  private func shellPrints(_ word: String) -> [UInt8]? {
    guard let pipe = popen("printf %s \(word)", "r") else { return nil }
    defer { pclose(pipe) }
    var bytes: [UInt8] = []
    while true {
      let byte = fgetc(pipe)
      if byte == EOF { return bytes }
      bytes.append(UInt8(byte))
    }
  }

  @Test(arguments: [
    "", "plain", "two words", "it's", "'", "''", "\"double\"", "$HOME", "`id`", "$(id)", "a;b", "a&b", "a|b", "a>b",
    "*", "?", "[a-z]", "~", "~root", "#no comment", "!bang", "back\\slash", "\\", "new\nline", "tab\there", "-n", "--",
    "{a,b}", "a=b", "ünïcödé ✓", "\u{1}\u{7f}", "trailing\n", " leading", "%s%d", "(sub)", "<in",
  ])
  func `a quoted word is one word to a real shell, whatever it contains`(text: String) {
    // `printf %s -n` prints `-n`: the format has been read by then.
    #expect(shellPrints(ShellText.quoted(text)) == Array(text.utf8))
  }

  @Test func `a NUL cannot be passed and is dropped`() {
    #expect(ShellText.quoted("a\0b c") == "'ab c'")
  }

  @Test func `plain words stay readable`() {
    #expect(ShellText.quoted("v1.2-rc_3/x:y@z") == "v1.2-rc_3/x:y@z")
    #expect(ShellText.quoted("it's") == "'it'\\''s'")
  }

  @Test(arguments: [
    ("make test", ["make", "test"]), ("  /bin/true  ", ["/bin/true"]),
    ("gcc -O2 -o a.out main.c", ["gcc", "-O2", "-o", "a.out", "main.c"]),
    ("env A=b true", ["env", "A=b", "true"]),
  ])
  func `a plain command needs no shell`(text: String, words: [String]) {
    #expect(ShellText.words(ofPlainCommand: text) == words)
  }

  @Test(arguments: [
    "", "   ", "a && b", "a; b", "a | b", "a > f", "a 'b'", "echo $HOME", "A=b true", "cd x", "exit 3", "test -f x",
    "a\nb",
    "ls *", "a # b", ". ./env", "echo -n x", "true &", "(a)", "{ a; }", "! a", "~/bin/x", "a\tb", "if x", "exec ls",
  ])
  func `whatever only a shell can tell is left to it`(text: String) {
    #expect(ShellText.words(ofPlainCommand: text) == nil)
  }
}

@Suite struct EvaluationTests {
  private let evaluation = Evaluation(
    values: { $0 == "build" ? ["version": "1.2 beta", "image": ["tags": ["x", "y"]], "n": 3] : nil },
    secret: { $0 == "TOKEN" ? "s3cr'et" : nil },
    call: { callback, arguments in
      callback.id == 1 ? .returned([.string("<\(arguments[0].text)>")]) : .raised("flow.lua:4: boom")
    })

  @Test func `refs are looked up, joined, indexed and mapped`() throws {
    #expect(try evaluation.value(of: .out("build", "version")) == "1.2 beta")
    #expect(
      try evaluation.value(of: .ref(Ref(step: "build", path: [.name("image"), .name("tags"), .index(2)]))) == "y")
    #expect(try evaluation.value(of: .concat([.literal("v"), .out("build", "n")])) == "v3")
    #expect(try evaluation.value(of: .map(.out("build", "n"), Callback(id: 1, digest: ""))) == "<3>")
    #expect(try evaluation.value(of: .list([.out("build", "n"), .literal(true)])) == [3, true])
    #expect(try evaluation.value(of: .table(["k": .out("build", "n")])) == ["k": 3])
  }

  @Test func `in a shell string a ref is one quoted word, unless it is raw`() throws {
    let template = Template.dynamic(.concat([.literal("deploy --v "), .out("build", "version"), .literal(" && x")]))
    #expect(try evaluation.shellText(of: template) == "deploy --v '1.2 beta' && x")
    let raw = Template.dynamic(.concat([.literal("deploy "), .raw(.out("build", "version"))]))
    #expect(try evaluation.shellText(of: raw) == "deploy 1.2 beta")
    #expect(try evaluation.shellText(of: .dynamic(.secret("TOKEN"))) == "'s3cr'\\''et'")
  }

  @Test func `in a list a ref is one argument, unquoted`() throws {
    #expect(
      try evaluation.arguments(of: [.plain("echo"), .dynamic(.out("build", "version"))]) == ["echo", "1.2 beta"])
    #expect(try evaluation.arguments(of: [.dynamic(.out("build", "image"))]) == ["{\"tags\":[\"x\",\"y\"]}"])
  }

  @Test func `a value that is not there is told with what is`() {
    #expect(throws: Evaluation.Failure.self) { try evaluation.value(of: .out("build", "verison")) }
    let text = Evaluation.Failure.missing(Ref(step: "build", path: [.name("verison")]), emitted: ["n", "image"]).text
    #expect(text == "step \"build\" emitted no value for \"build.out.verison\": it emitted image, n")
  }

  @Test func `a secret that is not set, an error in a function and a stray cell are told`() {
    func message(_ expr: Expr) -> String? {
      do throws(Evaluation.Failure) {
        _ = try evaluation.value(of: expr)
        return nil
      } catch {
        return error.text
      }
    }
    #expect(message(.secret("OTHER")) == "the secret \"OTHER\" is not set: put it into the environment as OTHER")
    #expect(message(.map(.literal(1), Callback(id: 2, digest: ""))) == "flow.lua:4: boom")
    #expect(message(.cell([.name("x")])) == "a value of `cell` stands outside of a matrix")
  }
}

@Suite struct StableHashTests {
  /// Made with an implementation of SipHash-2-4-128 that gives the vectors of its authors, with a key of zeros.
  @Test(arguments: [
    ("", "7de0a38047d74950f4f2ced447ab0242"), ("a", "bea0379c744eccff2573cd0e8904c4e6"),
    ("baton", "fea1c4f131a2f2a9a50be65c6b96a414"), ("12345678", "e979231bcefdff18f1b7680d5bff4436"),
    ("the quick brown fox jumps over the lazy dog", "80d9ef43de8e128a03399b830fb94c48"),
  ])
  func `the hash is SipHash-2-4 with 128 bits`(text: String, hex: String) {
    #expect(StableHash.hex(text) == hex)
  }

  @Test func `texts are told apart from their parts`() {
    #expect(StableHash.word("ab", "c") != StableHash.word("a", "bc"))
    #expect(StableHash.word("a", seed: 1) != StableHash.word("a", seed: 2))
    #expect(StableHash.word("a", seed: 1) == StableHash.word("a", seed: 1))
  }
}
