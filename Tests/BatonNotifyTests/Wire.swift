import BatonTestKit
import Glibc
import Testing

/// A socket that listens on a free port of the loopback address.
struct Listener {
  let descriptor: Int32
  let port: UInt16

  init() {
    // A peer that goes away must not end the tests.
    signal(SIGPIPE, SIG_IGN)
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let own = descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { place in
      place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(own, $0, length) == 0 && listen(own, 16) == 0 && getsockname(own, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    #expect(isBound)
  }
}

/// The server's end of a connection, in the clear or under TLS. The descriptor stays its owner's.
final class Wire {
  private let descriptor: Int32
  private var secure: UnsafeMutableRawPointer?

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// nil when the client does not want to.
  init?(encrypting descriptor: Int32) {
    self.descriptor = descriptor
    guard encrypt() else { return nil }
  }

  deinit { if let secure { TLSLibrary.shared?.free(secure) } }

  /// Begins TLS; false when the client does not want to.
  func encrypt() -> Bool {
    guard let library = TLSLibrary.shared, let made = library.new(library.context) else { return false }
    secure = made
    return library.setDescriptor(made, descriptor) == 1 && library.accept(made) == 1
  }

  var isEncrypted: Bool { secure != nil }

  /// What comes next; empty at the end.
  func read() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count: Int
    if let secure {
      count = Int(TLSLibrary.shared?.read(secure, &buffer, Int32(buffer.count)) ?? 0)
    } else {
      count = Glibc.read(descriptor, &buffer, buffer.count)
    }
    return count > 0 ? Array(buffer[..<count]) : []
  }

  func write(_ text: String) {
    let bytes = Array(text.utf8)
    if let secure {
      _ = TLSLibrary.shared?.write(secure, bytes, Int32(bytes.count))
    } else {
      _ = Glibc.write(descriptor, bytes, bytes.count)
    }
  }
}

/// The server's side of TLS by Debian's OpenSSL, which libcurl brings along, with a certificate of its own for 127.0.0.1.
final class TLSLibrary: @unchecked Sendable {
  // Sound because nothing changes after its making, and OpenSSL's contexts may be shared.
  typealias Object = UnsafeMutableRawPointer

  /// nil where OpenSSL or its program is missing.
  static let shared = TLSLibrary()

  /// Stays as long as the library does: until the tests' process ends.
  private let folder = ScratchFolder()
  /// The certificate, which signs itself: a client that is to trust it must be told.
  let certificate: String
  let context: Object
  let new: @convention(c) (Object) -> Object?
  let setDescriptor: @convention(c) (Object, Int32) -> Int32
  let accept: @convention(c) (Object) -> Int32
  let read: @convention(c) (Object, UnsafeMutableRawPointer, Int32) -> Int32
  let write: @convention(c) (Object, UnsafeRawPointer, Int32) -> Int32
  let free: @convention(c) (Object) -> Void

  private init?() {
    guard let library = dlopen("libssl.so.3", RTLD_NOW) else { return nil }
    func function<Function>(_ name: String, _ type: Function.Type) -> Function? {
      dlsym(library, name).map { unsafeBitCast($0, to: type) }
    }
    typealias Load = @convention(c) (Object, UnsafePointer<CChar>, Int32) -> Int32
    guard let method = function("TLS_server_method", (@convention(c) () -> Object?).self)?(),
      let makeContext = function("SSL_CTX_new", (@convention(c) (Object) -> Object?).self),
      let context = makeContext(method),
      let useCertificate = function("SSL_CTX_use_certificate_file", Load.self),
      let useKey = function("SSL_CTX_use_PrivateKey_file", Load.self),
      let new = function("SSL_new", (@convention(c) (Object) -> Object?).self),
      let setDescriptor = function("SSL_set_fd", (@convention(c) (Object, Int32) -> Int32).self),
      let accept = function("SSL_accept", (@convention(c) (Object) -> Int32).self),
      let read = function(
        "SSL_read", (@convention(c) (Object, UnsafeMutableRawPointer, Int32) -> Int32).self),
      let write = function("SSL_write", (@convention(c) (Object, UnsafeRawPointer, Int32) -> Int32).self),
      let free = function("SSL_free", (@convention(c) (Object) -> Void).self)
    else { return nil }
    (self.context, self.new, self.setDescriptor, self.accept) = (context, new, setDescriptor, accept)
    (self.read, self.write, self.free) = (read, write, free)
    certificate = "\(folder.path)/certificate.pem"
    let command = """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=baton \
      -addext subjectAltName=IP:127.0.0.1 -keyout \(folder.path)/key.pem -out \(certificate) 2>&1
      """
    guard let pipe = popen(command, "r") else { return nil }
    while fgetc(pipe) >= 0 {}
    let isMade = pclose(pipe) == 0
    let isLoaded = useCertificate(context, certificate, 1) == 1 && useKey(context, "\(folder.path)/key.pem", 1) == 1
    unlink("\(folder.path)/key.pem")
    guard isMade, isLoaded else { return nil }
  }
}
