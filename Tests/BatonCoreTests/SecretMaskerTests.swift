import BatonCore
import BatonModel
import Testing

@Suite struct `Secret masker` {
  private func masked(_ text: String, _ secrets: [String], cuts: [Int] = []) -> String {
    var masker = SecretMasker(SecretSet(secrets))
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    var start = 0
    for cut in cuts + [bytes.count] {
      masker.feed(bytes[start..<cut], into: &output)
      start = cut
    }
    masker.flush(into: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `every occurrence is replaced`() {
    #expect(masked("a hunter2, hunter2hunter2.", ["hunter2"]) == "a ***, ******.")
    #expect(masked("nothing here", ["hunter2"]) == "nothing here")
    #expect(masked("as it is", []) == "as it is")
  }

  @Test func `a secret is found as JSON writes it`() {
    #expect(masked(#"{"p":"Qu\"ote\\n"}"#, ["Qu\"ote\\n"]) == #"{"p":"***"}"#)
    #expect(masked(#"["pass\u00e9\ud83d\ude00"]"#, ["passé😀"]) == #"["***"]"#)
  }

  @Test func `a secret that is cut anywhere is found`() {
    for first in 0...9 {
      for second in first...9 { #expect(masked("xhunter2y", ["hunter2"], cuts: [first, second]) == "x***y") }
    }
  }

  @Test func `the longest secret counts`() {
    #expect(masked("token-1234 token-12", ["token", "token-1234"]) == "*** ***-12")
    #expect(masked("token-1234", ["token", "token-1234"], cuts: [6]) == "***")
  }

  @Test func `the lines of a secret are secrets, and what comes before its last newline`() {
    let key = "-----BEGIN-----\nAbCd\r\nxyz\n-----END-----\n"
    #expect(masked("k: AbCd, xyz, -----END-----", [key]) == "k: ***, xyz, ***")
    #expect(masked(key, [key]) == "***")
    #expect(masked("pin=42;", ["42\n"]) == "pin=***;")
  }

  @Test func `what may still become a secret is held back, and no more`() {
    var masker = SecretMasker(SecretSet(["secret"]))
    var output: [UInt8] = []
    masker.feed("see secr".utf8, into: &output)
    #expect(output == Array("see ".utf8))
    masker.feed("eX".utf8, into: &output)
    #expect(output == Array("see secreX".utf8))
    #expect(masker.isTransparent == false)
  }

  @Test func `secrets may be added on the way`() {
    var masker = SecretMasker()
    var output: [UInt8] = []
    masker.feed("late ".utf8, into: &output)
    masker.secrets.add(["late"])
    masker.feed("late".utf8, into: &output)
    #expect(String(decoding: output, as: UTF8.self) == "late ***")
  }

  @Test func `values are masked in keys, lists and numbers too`() {
    let secrets = SecretSet(["s3cret", "12345"])
    let value: Value = ["s3cret": ["a s3cret", 12345, 7, 1.5, true], "n": nil]
    #expect(secrets.mask(value) == ["***": ["a ***", "***", 7, 1.5, true], "n": nil])
    #expect(SecretSet().mask(value) == value)
  }

  @Test(arguments: 0..<200) func `any cutting gives what looking at the whole gives`(seed: Int) {
    var random = Xorshift(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
    func word(_ length: Int) -> [UInt8] { (0..<length).map { _ in UInt8(ascii: "a") + UInt8(random.next() % 3) } }
    let secrets = (0..<(1 + Int(random.next() % 4))).map { _ in word(1 + Int(random.next() % 6)) }
    let text = word(200)
    var expected: [UInt8] = []
    var position = 0
    while position < text.count {
      let longest = secrets.filter { text[position...].starts(with: $0) }.map(\.count).max()
      expected += longest == nil ? [text[position]] : Array("***".utf8)
      position += longest ?? 1
    }
    var masker = SecretMasker(SecretSet(secrets.map { String(decoding: $0, as: UTF8.self) }))
    var output: [UInt8] = []
    var start = 0
    while start < text.count {
      let end = min(text.count, start + Int(random.next() % 9))
      masker.feed(text[start..<end], into: &output)
      start = end
    }
    masker.flush(into: &output)
    #expect(output == expected)
  }
}

private struct Xorshift {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
