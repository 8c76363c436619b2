-- Steps that several workflows share live in a module: modules/shop/release.lua, beside this file.
--
--   baton run modules.lua

local release = require "shop.release"

workflow "modules" { description = "Uses a module of the project" }

local shop = release.service { name = "shop", version = "1.4.0" }
local mail = release.service { name = "mail", version = "2.0.1" }

step "announce" { depends = { shop, mail }, run = "echo shop and mail are out" }
