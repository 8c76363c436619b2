/// Makes texts out of good ones: bytes changed, pieces removed, repeated, exchanged between two, words of the language put in.
struct Mutator {
  private var state: UInt64
  private let seeds: [[UInt8]]
  private let words: [[UInt8]]

  static let longest = 20_000

  init(seed: UInt64, seeds: [String], words: [String]) {
    state = seed
    self.seeds = seeds.map { Array($0.utf8) }
    self.words = words.map { Array($0.utf8) }
  }

  mutating func next() -> [UInt8] {
    var text = seeds[below(seeds.count)]
    for _ in 0...below(6) { mutate(&text) }
    return Array(text.prefix(Self.longest))
  }

  private mutating func mutate(_ text: inout [UInt8]) {
    let place = below(text.count + 1)
    switch below(7) {
    case 0 where place < text.count: text[place] ^= 1 << UInt8(below(8))
    case 1 where place < text.count: text[place] = UInt8(below(256))
    case 2: text.insert(contentsOf: words[below(words.count)], at: place)
    case 3: text.removeSubrange(piece(of: text))
    case 4:
      let copied = Array(text[piece(of: text)])
      for _ in 0...below(20) where text.count < Self.longest { text.insert(contentsOf: copied, at: place) }
    case 5:
      let other = seeds[below(seeds.count)]
      text.insert(contentsOf: other[piece(of: other)], at: place)
    default: text.removeSubrange(place...)
    }
  }

  /// Somewhere, and mostly short.
  private mutating func piece(of text: [UInt8]) -> Range<Int> {
    let start = below(text.count + 1)
    return start..<min(text.count, start + below(below(4) == 0 ? 400 : 12))
  }

  /// SplitMix64.
  private mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return limit <= 1 ? 0 : Int(mixed % UInt64(limit))
  }
}
