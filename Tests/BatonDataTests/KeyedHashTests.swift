import Testing

@testable import BatonData

@Suite struct KeyedHashTests {
  @Test func `the hash of two words is that of their sixteen bytes`() throws {
    let hash = KeyedHash(try MaskKey("a key of twenty bytes"), "test")
    for (first, second) in [(0, 0), (1, 2), (UInt64.max, 7), (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)]
      as [(UInt64, UInt64)]
    {
      let bytes = withUnsafeBytes(of: (first.littleEndian, second.littleEndian)) { hash($0) }
      #expect(hash(first, second) == bytes)
    }
    #expect(hash(1, 2) != KeyedHash(try MaskKey("another key of twenty bytes"), "test")(1, 2))
  }
}
