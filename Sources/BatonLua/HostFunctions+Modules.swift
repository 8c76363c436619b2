import BatonModel

extension HostFunctions {
  /// What `require` is made of.
  func registerModules() throws(LuaFailure) {
    let (definition, world, marks) = (definition, world, marks)
    // The module's name, and the rock that asks: a chunk, its file, the rock that it belongs to, what the project says of it, and the
    // digest of the compiled library that it comes from.
    try vm.register("module") { [unowned vm] call in
      guard let name = call[0].string else {
        return .raise("require takes the name of a module, not \(call[0].phrase)")
      }
      guard World.isModuleName(name) else {
        return .raise("\"\(name)\" is no name of a module: names between dots, such as shop.release")
      }
      let isForRock = call[1].string != nil
      let found: World.Module?
      do throws(BatonError) {
        found = try world.module(name, isForRock: isForRock)
      } catch {
        return .raise(error.cure.map { "\(error.message); \($0)" } ?? error.message)
      }
      guard let module = found else {
        let proposal = Names.proposal(for: name, in: Stdlib.moduleNames).map { ": \($0)" } ?? ""
        let places = world.places(of: name, isForRock: isForRock).joined(separator: ", ")
        return .raise("there is no module \"\(name)\"\(proposal)\(places.isEmpty ? "" : " (looked for \(places))")")
      }
      // What others wrote is not looked through for mistakes.
      if module.rock == nil { definition.sources.add(module.source, file: module.file) }
      do throws(LuaFailure) {
        let chunk: Int32
        if let opener = module.opener {
          chunk = try vm.function(of: opener.function)
        } else {
          let source = module.rock == nil ? marks(module.source) : module.source
          chunk = try vm.compile(source, chunkName: module.file, env: .sandbox)
        }
        world.record(module: name, module)
        world.loading.append(name)
        // What baton.json says of agents is for the module that knows them.
        let settings: LuaItem = name == "baton.agents" ? LuaItem(world.agents) : .null
        return .values([
          .function(chunk), .string(module.file), module.rock.map(LuaItem.string) ?? .null, settings,
          module.opener.map { .string($0.digest) } ?? .null,
        ])
      } catch {
        return .raise("module \"\(name)\": \(error.text)")
      }
    }
    try vm.register("module_end") { _ in
      _ = world.loading.popLast()
      return .values([])
    }
    // The module that is required again stands last.
    try vm.register("circular") { call in
      let name = call[0].string ?? ""
      let path = world.loading.drop { $0 != name }
      return .values([.string("modules require each other: \(path.joined(separator: " → "))")])
    }
    try registerRocks()
  }

  /// What installed modules have in place of what scripts have.
  private func registerRocks() throws(LuaFailure) {
    let world = world
    try vm.register("confinement") { [unowned vm] _ in
      do throws(LuaFailure) {
        return .values([.function(try vm.compile(Stdlib.rocks, chunkName: "rocks", env: .privileged))])
      } catch {
        return .raise(error.text)
      }
    }
    try vm.register("read") { call in
      guard let rock = call[0].string, let path = call[1].string, !path.utf8.contains(0) else {
        return .raise("io.open takes the path of a file, not \(call[1].phrase)")
      }
      switch world.read(path, rock: rock) {
      case .text(let text): return .values([.string(text)])
      case .nothing(let why): return .values([.null, .string(why)])
      case .refused(let why): return .raise(why)
      }
    }
  }
}
