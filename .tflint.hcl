plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Inputs lie by concern in variables-*.tf, and an example is one file; a lint of our own holds modules to the rest.
rule "terraform_standard_module_structure" {
  enabled = false
}
