import BatonConfig
import BatonModel
import BatonTestKit
import Glibc
import Testing

@Suite struct SecretStoreTests {
  private let folder = ScratchFolder()
  private static let key = String(repeating: "ab", count: 32)

  private func secrets(
    _ sources: [SecretSource] = SecretSource.standard, _ variables: [String: String] = ["BATON_SECRET_KEY": key],
    run: @escaping Secrets.Runner = { _ in .failure(BatonError(.usage, "no program")) }
  ) -> Secrets {
    Secrets(sources, root: folder.path, variable: { variables[$0] }, run: run)
  }

  private func set(_ name: String, _ value: String) throws {
    try secrets().change(made: { _, _ in }, by: { (store, key) throws(BatonError) in try store.set(name, value, key) })
  }

  @Test func `what is set is found again, and its text stands nowhere in the file`() throws {
    try set("PASSWORD", "hunter2-äöü\nsecond line")
    try set("EMPTYISH", " ")
    #expect(secrets()["PASSWORD"] == "hunter2-äöü\nsecond line")
    #expect(secrets()["EMPTYISH"] == " " && secrets()["OTHER"] == nil)
    let text = folder.text("baton.secrets")
    #expect(text.contains("\"PASSWORD\"") && !text.contains("hunter2") && !text.contains("aHVudGVy"))
    #expect(try secrets().names().map(\.name) == ["EMPTYISH", "PASSWORD"])
    let removed = try secrets().change(
      made: { _, _ in }, by: { (store, _) throws(BatonError) in store.remove("PASSWORD") })
    #expect(removed && secrets()["PASSWORD"] == nil)
  }

  @Test func `the same value is another text each time, and lengths are rounded up`() throws {
    try set("A", "x")
    try set("B", "x")
    try set("C", String(repeating: "x", count: 30))
    let boxes = try JSON.decode(folder.text("baton.secrets"))["secrets"]
    #expect(boxes?["A"] != boxes?["B"])
    #expect(boxes?["A"]?.string?.count == boxes?["C"]?.string?.count)
  }

  @Test func `another key, an altered entry and an entry in another's place are told`() throws {
    try set("A", "one")
    try set("B", "two")
    let other = secrets(SecretSource.standard, ["BATON_SECRET_KEY": String(repeating: "cd", count: 32)])
    #expect(other["A"] == nil)
    #expect(other.look("A").problems.joined().contains("the key from $BATON_SECRET_KEY is not the one of"))
    #expect(secrets(SecretSource.standard, [:]).look("A").problems.joined().contains("there is no key for"))
    #expect(
      secrets(SecretSource.standard, ["BATON_SECRET_KEY": "abc"]).look("A").problems.joined().contains("is no key"))
    var value = try JSON.decode(folder.text("baton.secrets")).map ?? [:]
    let boxes = value["secrets"]?.map ?? [:]
    value["secrets"] = ["A": boxes["B"] ?? .null, "B": boxes["A"] ?? .null]
    folder.write("baton.secrets", JSON.encode(.map(value)))
    #expect(secrets()["A"] == nil)
    #expect(secrets().look("A").problems.joined().contains("the entry \"A\" was altered, or belongs to another name"))
    var cut = boxes["A"]?.string ?? ""
    cut.removeLast(8)
    value["secrets"] = ["A": .string(cut), "B": "!!"]
    folder.write("baton.secrets", JSON.encode(.map(value)))
    #expect(secrets()["A"] == nil && secrets()["B"] == nil)
  }

  @Test(arguments: ["", "{", "[]", "{\"baton_secrets\": 2}", "{\"baton_secrets\": 1, \"id\": \"../../../../etc\"}"])
  func `a file that is no store is told, never trusted`(_ text: String) {
    folder.write("baton.secrets", text)
    #expect(secrets()["A"] == nil)
    #expect(secrets().look("A").problems.count == 1)
  }

  @Test func `a store without a key in the environment makes one that only its user reads`() throws {
    let variables = ["XDG_CONFIG_HOME": folder.path + "/home"]
    var made: (String, String)?
    try secrets(SecretSource.standard, variables).change(
      made: { made = ($0, $1) }, by: { (store, key) throws(BatonError) in try store.set("A", "one", key) })
    let key = try #require(made?.1)
    #expect(key.hasPrefix(folder.path + "/home/baton/keys/"))
    var info = stat()
    #expect(stat(key, &info) == 0 && info.st_mode & 0o777 == 0o600)
    #expect(secrets(SecretSource.standard, variables)["A"] == "one")
    unlink(key)
    for name in ["/home/baton/keys", "/home/baton", "/home"] { rmdir(folder.path + name) }
  }

  @Test func `sources are asked in order, and the first that has it answers`() throws {
    folder.write(
      "local.env",
      "# comment\nexport A=from-file\nQUOTED=\"two words\"\r\nB='x=y'\n\nC=\n")
    folder.write("local.json", #"{"J": "json", "N": 5}"#)
    try set("S", "from-store")
    var asked: [[String]] = []
    let all = secrets(
      [
        .environment, .file("local.env"), .file("local.json"), .store("baton.secrets"),
        .command(["pass", "show", "shop/{name}"]),
      ],
      ["A": "from-env", "BATON_SECRET_KEY": Self.key]
    ) { words in
      asked.append(words)
      return words.last == "shop/P"
        ? .success(Array("from-pass\n".utf8)) : .failure(BatonError(.usage, "pass ended with exit code 1"))
    }
    #expect(all["A"] == "from-env" && all["QUOTED"] == "two words" && all["B"] == "x=y" && all["C"] == "")
    #expect(all["J"] == "json" && all["N"] == "5" && all["S"] == "from-store" && all["P"] == "from-pass")
    #expect(all["P"] == "from-pass" && asked == [["pass", "show", "shop/P"]])
    #expect(all["MISSING"] == nil && all.cure(for: "MISSING").contains("pass ended with exit code 1"))
    #expect(all.look("S").source == .store("baton.secrets"))
  }

  @Test(arguments: [("A=1\nnonsense\n", ":2: a line must be NAME=value"), ("A='x\n", ":1: a quote that does not end")])
  func `a line that is none is told with its number`(_ text: String, _ message: String) {
    folder.write("x.env", text)
    #expect(secrets([.file("x.env")]).look("A").problems.joined().contains(message))
  }
}
