// Reads the parameter `allow`, for the features that also need a permission of the role.

/** `allow` is a list of names, as the function reads it. */
function isAllowed(feature, { allow }) {
  return allow.split(",").some((name) => name.trim() === feature);
}

module.exports = { isAllowed };
