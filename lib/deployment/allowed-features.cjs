// Determines whether the parameter `allow` lists a feature, for features that also need a permission of the function's role.

/** `allow` is the list as the function reads it: names separated by commas. */
function isAllowed(feature, { allow }) {
  return allow.split(",").some((name) => name.trim() === feature);
}

module.exports = { isAllowed };
