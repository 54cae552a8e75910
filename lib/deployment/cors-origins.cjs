// CORS for browser callers that sign by themselves: what a signed request carries, for origins that are listed.

function isOrigin(text) {
  return /^(https:\/\/[\w.-]+|http:\/\/localhost)(:\d{1,5})?$/.test(text);
}

function cors({ corsOrigins }) {
  if (corsOrigins.length === 0) return null;
  return {
    allowedOrigins: corsOrigins,
    allowedMethods: ["POST"],
    allowedHeaders: [
      "accept",
      "authorization",
      "content-type",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-amz-security-token",
    ],
    exposedResponseHeaders: ["retry-after", "x-amzn-errortype", "x-amzn-requestid"],
    maxAge: 3600,
  };
}

module.exports = { isOrigin, cors };
