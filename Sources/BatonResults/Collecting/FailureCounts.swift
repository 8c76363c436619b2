/// How often cases failed, by a hash of their identity, for lookups that mostly find nothing: millions of cases pass where some failed.
struct FailureCounts {
  /// A bit for each hash that was ever here, by its lowest digits: where it is not set, nothing has to be looked up.
  private var bits: [UInt64] = []
  private var counts: [UInt64: Int] = [:]

  /// As many as 128 KB hold: with 80,000 failures, 8 of 100 are looked up in vain.
  private static let bitCount = 1 << 20

  var isEmpty: Bool { counts.isEmpty }

  /// 0: it has not failed.
  subscript(_ hash: UInt64) -> Int {
    get {
      guard !bits.isEmpty else { return 0 }
      let place = Self.place(hash)
      guard bits[place.word] & place.bit != 0 else { return 0 }
      return counts[hash] ?? 0
    }
    set {
      counts[hash] = newValue > 0 ? newValue : nil
      guard newValue > 0 else { return }
      if bits.isEmpty { bits = [UInt64](repeating: 0, count: Self.bitCount / 64) }
      let place = Self.place(hash)
      bits[place.word] |= place.bit
    }
  }

  private static func place(_ hash: UInt64) -> (word: Int, bit: UInt64) {
    let place = hash & UInt64(bitCount - 1)
    return (Int(place >> 6), 1 << (place & 63))
  }
}
