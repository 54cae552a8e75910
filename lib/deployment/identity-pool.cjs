// Cognito identity pool that gives browser apps the temporary credentials to sign their requests with.
//
// Only users who have signed in get credentials. Their role has the same policy as every other caller.
// https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
const userPoolForm = /^([a-z]{2}(?:-[a-z]+)+-\d)_([0-9a-zA-Z]+):([0-9a-z]+)$/;
const oidcForm = /^arn:aws:iam::\d{12}:oidc-provider\/[\w.:/-]+$/;
const samlForm = /^arn:aws:iam::\d{12}:saml-provider\/[\w.-]+$/;

function isIdentityProvider(text) {
  return [userPoolForm, oidcForm, samlForm].some((form) => form.test(text));
}

/** Rejects Regions of AWS's other partitions, where Cognito has other names and where we have not tested this. */
function problemsOfIdentityProviders({ identityProviders, region }) {
  if (identityProviders.length === 0 || !/^(us-gov|cn)-/.test(region)) return [];
  return [
    `parameter "identityProviders" is not supported in ${region}; attach the policy in the output CallerPolicyArn to your pool's role`,
  ];
}

function identityPool({ identityProviders }) {
  if (identityProviders.length === 0) return {};
  return {
    IdentityPool: {
      Type: "AWS::Cognito::IdentityPool",
      Properties: {
        AllowUnauthenticatedIdentities: false,
        AllowClassicFlow: false,
        ...listed("CognitoIdentityProviders", identityProviders.filter(matches(userPoolForm)).map(userPool)),
        ...listed("OpenIdConnectProviderARNs", identityProviders.filter(matches(oidcForm))),
        ...listed("SamlProviderARNs", identityProviders.filter(matches(samlForm))),
      },
    },
    IdentityPoolRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        Description: { "Fn::Sub": "Users of the identity pool of ${AWS::StackName} who have signed in" },
        AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [signedInUsers] },
        ManagedPolicyArns: [{ Ref: "CallerPolicy" }],
      },
    },
    IdentityPoolRoles: {
      Type: "AWS::Cognito::IdentityPoolRoleAttachment",
      Properties: {
        IdentityPoolId: { Ref: "IdentityPool" },
        Roles: { authenticated: { "Fn::GetAtt": ["IdentityPoolRole", "Arn"] } },
      },
    },
  };
}

function identityPoolOutputs({ identityProviders }) {
  if (identityProviders.length === 0) return {};
  const Description = "For apps in browsers: users who have signed in get credentials here";
  return { IdentityPoolId: { Description, Value: { Ref: "IdentityPool" } } };
}

/** Without the first condition, users of any pool could assume the role; without the second, users who have not signed in. */
const signedInUsers = {
  Effect: "Allow",
  Principal: { Federated: "cognito-identity.amazonaws.com" },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: {
    StringEquals: { "cognito-identity.amazonaws.com:aud": { Ref: "IdentityPool" } },
    "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
  },
};

/** Because of `ServerSideTokenCheck`, a user who has signed out everywhere or was deleted gets no more credentials. */
function userPool(text) {
  const [, region, id, ClientId] = userPoolForm.exec(text);
  const ProviderName = `cognito-idp.${region}.amazonaws.com/${region}_${id}`;
  return { ProviderName, ClientId, ServerSideTokenCheck: true };
}

function matches(form) {
  return (text) => form.test(text);
}

function listed(name, items) {
  return items.length > 0 && { [name]: items };
}

module.exports = {
  userPoolForm,
  isIdentityProvider,
  problemsOfIdentityProviders,
  identityPool,
  identityPoolOutputs,
};
