// Determines whether the parameter `allow` lists a feature. The function's role gets some permissions only
// if the list has the feature that needs them.

/** `allow` is the list as the function reads it: names separated by commas. */
function isAllowed(feature, { allow }) {
  return allow.split(",").some((name) => name.trim() === feature);
}

module.exports = { isAllowed };
