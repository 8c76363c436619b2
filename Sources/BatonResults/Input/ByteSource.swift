/// Where the bytes of a file come from when it is not read by the reader itself: by another thread, ahead of it.
public protocol ByteSource: AnyObject {
  /// Puts the next bytes there, at most as many as there is room for; waits for at least one.
  ///
  /// - Returns: how many; 0 at the end; the system's error, negated, when reading failed.
  func read(into room: UnsafeMutableBufferPointer<UInt8>) -> Int
  /// Begins anew at the first byte; false where that is not possible.
  func rewind() -> Bool
  /// Nothing more will be asked for: when it returns, nobody reads from the descriptor.
  func close()
}
