module "merged" { version = "2" }
